"""Mail: what a letter is made of, and what is left of it where a server does not play along."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest
import trustme

from pipeline.deliver import mail
from pipeline.deliver.message import LaterError, RefusedError
from pipeline.errors import Terminated
from pipeline.secret import Secret
from pipeline.settings import Channel, Mail
from tests import post  # noqa: TID251 - its servers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from tests.deliver.conftest import Makes  # noqa: TID251 - for its types only
    from tests.post import Mailbox  # noqa: TID251 - for its types only

TO = Channel(kind="mail", to=("ops@example.org",))
FROM = Mail(host="127.0.0.1", security="none", sender="capbrief@example.net", timeout_seconds=5)


def made(make: Makes, channel: Channel = TO, **changes: object) -> EmailMessage:
    parcel = make.parcel(make.message(**changes))
    return mail.letter(parcel, channel, FROM, make.folder / "reports")


def parts(letter: EmailMessage) -> dict[str, bytes]:
    """The parts as another reader finds them, by their type."""
    read = message_from_bytes(letter.as_bytes(), policy=policy.default)
    found = {one.get_content_type(): one.get_payload(decode=True) for one in read.walk()}
    return {kind: content for kind, content in found.items() if isinstance(content, bytes)}


def test_a_letter_has_words_page_and_pdf(make: Makes) -> None:
    files = (make.file("market.pdf", b"%PDF-1.7"), make.file("market.html", b"<p>"))
    letter = made(make, files=files)
    found = parts(letter)
    assert found["application/pdf"] == b"%PDF-1.7"
    assert b"The index rose by 3 %." in found["text/plain"]
    assert b"market.pdf is attached." in found["text/plain"]
    assert b"<p>market.pdf is attached.</p>" in found["text/html"]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"] == f"<{make.parcel().key}@example.net>"
    assert letter["Date"] == "Mon, 23 Nov 2026 12:00:00 +0000"
    assert letter.is_multipart()


def test_the_same_parcel_has_the_same_id(make: Makes) -> None:
    assert made(make)["Message-ID"] == made(make)["Message-ID"]
    assert made(make)["Message-ID"] != made(make, about="other")["Message-ID"]


def test_f76_a_pdf_above_the_limit_becomes_a_link(make: Makes) -> None:
    """F76: attachment above the limit: link and summary instead."""
    files = (make.file("market.pdf", b"x" * 2001), make.file("market.html", b"<p>"))
    small = replace(TO, attach_mb=0.002, link="https://reports.example.org/")
    found = parts(made(make, small, files=files))
    address = b"https://reports.example.org/market_2026-11-23/market.pdf"
    assert "application/pdf" not in found
    assert address in found["text/plain"]
    assert address in found["text/html"]
    exact = replace(small, attach_mb=0.0021)
    assert "application/pdf" in parts(made(make, exact, files=files))


def test_f76_without_a_link_it_says_where_the_pdf_is(make: Makes) -> None:
    """F76: attachment above the limit, and nowhere to link to."""
    file = make.file("market.pdf", b"x" * 2000)
    text = parts(made(make, replace(TO, attach_mb=0.001), files=(file,)))["text/plain"]
    assert f"It is kept as {file.path} on".encode() in text.replace(b"=\r\n", b"")


def test_a_file_that_is_another_by_now_is_not_sent(make: Makes) -> None:
    file = make.file("market.pdf", b"%PDF of Monday")
    make.file("market.pdf", b"%PDF of Tuesday")
    found = parts(made(make, files=(file,)))
    assert "application/pdf" not in found
    assert b"market.pdf is not there any more as it was" in found["text/plain"]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x00"])
def test_nothing_told_can_begin_a_header(make: Makes, end: str) -> None:
    letter = made(make, subject=f"Token{end}Bcc: victim@example.org{end}{end}body")
    read = message_from_bytes(letter.as_bytes(), policy=policy.default)
    assert read["Bcc"] is None
    assert read["Subject"].startswith("Token")
    assert len(read.get_all("To", [])) == 1


@pytest.mark.parametrize(
    "address",
    ["a@b\r\nBcc: c@d", "a@b\nX: y", "a b@c", "<a@b>", "a@b, c@d", "", "a@", "@b", "a@b..c", "é@b"],
)
def test_an_address_that_is_none_is_refused(make: Makes, address: str) -> None:
    with pytest.raises(RefusedError, match="is no address of mail"):
        mail.letter(make.parcel(to=address), TO, FROM, make.folder)
    with pytest.raises(RefusedError, match="is no address of mail"):
        mail.letter(make.parcel(), TO, replace(FROM, sender=address), make.folder)


def test_a_name_with_markup_stays_text(make: Makes) -> None:
    path = make.file("<script>.pdf", b"%PDF")
    assert (
        b"<p>&lt;script&gt;.pdf is attached.</p>" in parts(made(make, files=(path,)))["text/html"]
    )


# --- The server -------------------------------------------------------------------------------


def send(settings: Mail, make: Makes, ca_file: Path | None = None, times: int = 1) -> None:
    postman = mail.Postman(settings, str(ca_file) if ca_file else None)
    try:
        for number in range(times):
            postman.send(made(make, about=str(number)))
    finally:
        postman.close()


@pytest.fixture
def authority(tmp_path: Path) -> tuple[trustme.CA, Path]:
    ca = trustme.CA()
    path = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return ca, path


@pytest.fixture
def context(authority: tuple[trustme.CA, Path]) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority[0].issue_cert("127.0.0.1").configure_cert(found)
    return found


def test_letters_of_one_round_share_a_conversation(make: Makes, mailbox: Mailbox) -> None:
    send(replace(FROM, port=mailbox.port), make, times=3)
    assert [to for to, _ in mailbox.taken] == [["ops@example.org"]] * 3
    assert mailbox.opened == 1


def test_starttls_with_a_login(
    make: Makes, context: ssl.SSLContext, authority: tuple[trustme.CA, Path]
) -> None:
    own = replace(FROM, security="starttls", user="me", password=Secret("right"))
    with post.mail_server(post.Mailbox(), starttls=context, needs_login=True) as box:
        send(replace(own, port=box.port), make, authority[1])
        assert len(box.taken) == 1
        assert box.logins == [("me", "right")]
        wrong = replace(own, port=box.port, password=Secret("wrong-canary"))
        with pytest.raises(LaterError, match=r"refuses the login \(535\); check mail.user") as told:
            send(wrong, make, authority[1])
        assert "canary" not in str(told.value)


def test_f81_a_server_that_shows_the_password_where_it_would_be_cut(
    make: Makes, mailbox: Mailbox
) -> None:
    mailbox.answers = [f"550 {'x' * 190} canary-password"]
    own = replace(FROM, port=mailbox.port, password=Secret("canary-password"))
    with pytest.raises(RefusedError, match=r"answers 550: x+ \*\*\*$"):
        send(own, make)


def test_tls_from_the_first_byte(
    make: Makes, context: ssl.SSLContext, authority: tuple[trustme.CA, Path]
) -> None:
    with post.mail_server(post.Mailbox(), tls=context) as box:
        send(replace(FROM, security="tls", port=box.port), make, authority[1])
        assert len(box.taken) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    make: Makes, context: ssl.SSLContext, security: str
) -> None:
    starttls, tls = (context, None) if security == "starttls" else (None, context)
    with post.mail_server(post.Mailbox(), starttls=starttls, tls=tls) as box:
        with pytest.raises(LaterError, match="its certificate is not trusted"):
            send(replace(FROM, security=security, port=box.port), make)
        assert box.taken == []


def test_a_certificate_of_another_name_is_not_trusted(
    make: Makes, authority: tuple[trustme.CA, Path]
) -> None:
    other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority[0].issue_cert("mail.example.org").configure_cert(other)
    with (
        post.mail_server(post.Mailbox(), starttls=other) as box,
        pytest.raises(LaterError, match="its certificate is not trusted"),
    ):
        send(replace(FROM, security="starttls", port=box.port), make, authority[1])


def test_without_starttls_nothing_is_sent(make: Makes) -> None:
    with post.mail_server(post.Mailbox(), needs_login=True) as box:
        own = replace(FROM, security="starttls", port=box.port, user="me", password=Secret("right"))
        with pytest.raises(LaterError, match=r"does not offer what it must \(STARTTLS"):
            send(own, make)
        assert (box.taken, box.logins) == ([], [])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("451 try again", LaterError), ("552 too large", RefusedError), ("554 no", RefusedError)],
)
def test_f74_what_the_server_answers_decides(
    make: Makes, mailbox: Mailbox, answer: str, kind: type[Exception]
) -> None:
    """F74: SMTP 4xx is tried later, 5xx is a refusal of that letter alone."""
    mailbox.answers = [answer]
    own = replace(FROM, port=mailbox.port)
    with pytest.raises(kind, match=answer[:3]):
        send(own, make)
    send(own, make)
    assert len(mailbox.taken) == 1


def test_f74_a_refused_recipient_is_not_the_end_of_the_round(make: Makes, mailbox: Mailbox) -> None:
    """F74: one recipient is refused, the next one is not."""
    mailbox.refused = {"gone@example.org": "550 nobody of that name"}
    postman = mail.Postman(replace(FROM, port=mailbox.port), None)
    letters = [
        mail.letter(make.parcel(to=to), TO, FROM, make.folder)
        for to in ("gone@example.org", "ops@example.org")
    ]
    with pytest.raises(RefusedError, match="550: nobody of that name"):
        postman.send(letters[0])
    postman.send(letters[1])
    postman.close()
    assert [to for to, _ in mailbox.taken] == [["ops@example.org"]]
    assert mailbox.opened == 1


def test_f74_a_connection_that_ends_within_a_letter(make: Makes, mailbox: Mailbox) -> None:
    """F74: the server goes away in the middle of DATA."""
    mailbox.is_dropping = True
    own = replace(FROM, port=mailbox.port)
    with pytest.raises(LaterError, match=r"127.0.0.1: (the conversation broke|cannot be reached)"):
        send(own, make)
    mailbox.is_dropping = False
    send(own, make)
    assert len(mailbox.taken) == 1


@contextmanager
def drawn_out(greeting: bytes) -> Iterator[int]:
    """A server that says a byte at a time and never comes to an end; gives its port."""
    over = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def speak() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            for number in range(10_000):
                connection.sendall(greeting[number : number + 1] or b"-")
                if over.wait(0.02):
                    return

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        over.set()
        thread.join()
        listening.close()


@pytest.mark.parametrize("security", ["none", "tls"])
def test_f74_a_server_that_draws_it_out_is_cut_off(make: Makes, security: str) -> None:
    """F74: slow SMTP: each byte comes in time, the whole does not."""
    with drawn_out(b"220 one") as port:
        own = replace(FROM, port=port, timeout_seconds=0.4, security=security)
        with pytest.raises(LaterError, match=r"did not take it within 0.4 s|cannot speak TLS"):
            send(own, make)


def test_f74_a_server_that_is_not_there(make: Makes) -> None:
    """F74: SMTP is down."""
    with pytest.raises(LaterError, match=r"127.0.0.1: cannot be reached \(connection refused\)"):
        send(replace(FROM, port=1), make)


@pytest.mark.parametrize("name", ["absent.pem", "garbage.pem"])
def test_a_file_that_holds_no_certificates_is_named(make: Makes, tmp_path: Path, name: str) -> None:
    (tmp_path / "garbage.pem").write_text("no certificate")
    with pytest.raises(LaterError, match=f"^http.ca_file: .*{name} is no file of certificates$"):
        send(FROM, make, tmp_path / name)


@pytest.mark.parametrize("ending", [KeyboardInterrupt, Terminated])
def test_who_asks_for_the_end_does_not_wait_for_a_goodbye(
    make: Makes, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, ending: type[BaseException]
) -> None:
    said = []

    def end(*_: object) -> None:
        raise ending

    monkeypatch.setattr("smtplib.SMTP.send_message", end)
    monkeypatch.setattr("smtplib.SMTP.quit", lambda _: said.append("quit"))
    with pytest.raises(ending):
        send(replace(FROM, port=mailbox.port), make)
    assert said == []
