"""Schema of the ledger, version by version."""

from __future__ import annotations

# One entry per version; a file is brought up to date by the entries it has not seen.
MIGRATIONS = (
    """
    create table if not exists retrieval (
        retrieval_id integer primary key,
        source text not null,
        dataset text not null,
        payload_sha256 text not null,
        provenance text not null
    );
    create table if not exists run (
        run_id text primary key,
        command text not null,
        version text not null,
        started_at text not null,
        finished_at text,
        exit_code integer,
        status text not null
    );
    create table if not exists publication (
        file_name text primary key,
        run_id text not null references run,
        content_hash text not null,
        row_count integer not null,
        published_at text not null
    );
    """,
    """
    create table unit (
        unit_id integer primary key,
        source text not null,
        dataset text not null,
        first_date text not null,
        last_date text not null,
        run_id text not null,
        fetched_at text not null,
        n_payloads integer not null
    );
    create index retrieval_dataset on retrieval (source, dataset);
    create index unit_dataset on unit (source, dataset);
    create table gap (
        gap_id integer primary key,
        source text not null,
        dataset text not null,
        first_date text not null,
        last_date text,
        reason text not null,
        noted_at text not null
    );
    create table membership (
        membership_id integer primary key,
        source text not null,
        dataset text not null,
        seen_date text not null,
        status text not null,
        n_before integer not null,
        n_members integer not null,
        entered text not null,
        left_ text not null,
        decided_at text not null
    );
    create table pace (
        key text primary key,
        next_at real not null
    );
    create table credit (
        key text not null,
        month text not null,
        spent integer not null,
        primary key (key, month)
    );
    create table bad_answer (
        bad_answer_id integer primary key,
        source text not null,
        url text not null,
        status integer not null,
        reason text not null,
        sample text not null,
        seen_at text not null
    );
    """,
    # What was published before was hashed otherwise: there is nothing to hold it against.
    """
    alter table retrieval add column is_dated integer not null default 0;
    update retrieval set is_dated = json_extract(provenance, '$.known_at') is not null;
    create index retrieval_kind on retrieval (is_dated, retrieval_id);
    alter table publication add column engine text not null default '';
    """,
    """
    create table outage (
        outage_id integer primary key,
        source text not null,
        dataset text not null,
        began_at text not null,
        last_good_at text,
        reason text not null,
        last_failed_at text not null,
        n_failures integer not null,
        ended_at text
    );
    create index outage_dataset on outage (source, dataset);
    """,
    """
    create table report (
        issue_id integer primary key,
        name text not null,
        report_date text not null,
        as_of text,
        content text not null unique,
        numbers text not null,
        built_at text not null,
        report_id text not null,
        file_name text not null,
        version text not null
    );
    create index report_name on report (name, issue_id);
    """,
    """
    create table outbox (
        outbox_id integer primary key,
        key text not null unique,
        channel text not null,
        recipient text not null,
        event text not null,
        subject text not null,
        message text not null,
        queued_at text not null,
        n_tries integer not null default 0,
        n_refusals integer not null default 0,
        tried_at text,
        last_error text,
        sent_at text,
        dropped_at text
    );
    create index outbox_waiting on outbox (channel) where sent_at is null and dropped_at is null;
    create table trouble (
        trouble_id integer primary key,
        subject text not null,
        event text not null,
        kind text not null,
        reason text not null,
        began_at text not null,
        last_seen_at text not null,
        n_seen integer not null default 1,
        told_at text,
        n_told integer not null default 0,
        ended_at text
    );
    create index trouble_subject on trouble (subject, trouble_id);
    """,
    """
    create table delivery (
        folder text not null,
        stem text not null,
        retrieval_id integer not null,
        primary key (folder, stem)
    );
    alter table retrieval add column gone_at text;
    """,
    "alter table run add column settings text",
    """
    create table announcement (
        source text primary key,
        url text not null,
        said text not null,
        seen_at text not null
    );
    """,
)
