"""Server and client against the vendor's own description of its API (OpenAPI)."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
from jsonschema import Draft202012Validator

from pipeline import fetch as fetching
from pipeline.extract.coingecko import CoinGecko as Source
from pipeline.resources import UNIVERSES
from pipeline.secret import Secret
from pipeline.settings import CoinGecko as Plan
from pipeline.source import Wanted

if TYPE_CHECKING:
    from pipeline.job import Job
    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only

SHARED = Path(__file__).resolve().parents[2] / "shared" / "coingecko"
FILES = {"keyless": "demo-api.json", "demo": "demo-api.json", "pro": "pro-api.json"}

pytestmark = pytest.mark.skipif(
    not (SHARED / "pro-api.json").is_file(),
    reason="shared/coingecko is absent: the vendor's OpenAPI files are not compared with",
)


@cache
def description(plan: str) -> dict[str, Any]:
    """The vendor's file; totals of categories are null in recorded answers, against it."""
    found: dict[str, Any] = json.loads((SHARED / FILES[plan]).read_text(encoding="utf-8"))
    row = found["components"]["schemas"]["Categories"]["items"]["properties"]
    for name in row.keys() - {"id", "name"}:
        row[name]["nullable"] = True
    return found


def in_json_schema(schema: Any) -> Any:
    """``nullable`` as a list of types, and no fields but those that are described."""
    if isinstance(schema, list):
        return [in_json_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: in_json_schema(value) for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable") is True:
        made["type"] = [schema["type"], "null"]
    if "properties" in schema and schema.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


def violations(plan: str, template: str, value: Any) -> list[str]:
    """What the vendor's description has against an answer."""
    whole = description(plan)
    answer = whole["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]
    schema = {**answer["schema"], "components": in_json_schema(whole["components"])}
    found = Draft202012Validator(schema).iter_errors(value)
    return [f"{one.json_path}: {one.message}" for one in found]


class TestServer:
    """What the loopback server answers is what the vendor describes."""

    @pytest.mark.parametrize(
        ("plan", "template", "target"),
        [
            ("demo", "/ping", ""),
            ("pro", "/key", ""),
            ("demo", "/coins/categories/list", ""),
            ("demo", "/coins/categories", ""),
            ("demo", "/coins/list", "?include_platform=true"),
            ("demo", "/coins/markets", "?vs_currency=usd&per_page=250&page=1"),
            ("demo", "/coins/markets", "?vs_currency=usd&per_page=250&page=4"),
            ("demo", "/coins/markets", "?vs_currency=usd&category=ai-agents"),
            ("demo", "/coins/{id}/market_chart", "?vs_currency=usd&days=9&interval=daily"),
            ("demo", "/coins/{id}/market_chart", "?vs_currency=usd&days=1"),
            (
                "demo",
                "/coins/{id}/market_chart/range",
                "?vs_currency=usd&from=1785000000&to=1795000000",
            ),
            (
                "pro",
                "/coins/{id}/market_chart/range",
                "?vs_currency=usd&from=2026-01-01&to=2026-02-01T10:00&interval=daily",
            ),
            ("demo", "/coins/{id}/history", "?date=01-11-2026"),
            ("pro", "/coins/{id}/history", "?date=2026-11-01&localization=false"),
            ("demo", "/global", ""),
        ],
    )
    def test_answer(self, coingecko: CoinGecko, plan: str, template: str, target: str) -> None:
        coingecko.set(plan=plan)
        where = urlsplit(coingecko.url)
        connection = http.client.HTTPConnection(where.netloc, timeout=20)
        path = template.replace("{id}", quote("boringdao-[old]"))
        key = coingecko.pro_key if plan == "pro" else coingecko.demo_key
        headers = {"User-Agent": "test", f"x-cg-{plan}-api-key": key}
        connection.request("GET", where.path + path + target, headers=headers)
        response = connection.getresponse()
        value = json.loads(response.read())
        connection.close()
        assert response.status == 200, value
        assert value
        assert violations(plan, template, value) == []

    def test_what_is_invented_would_be_found(self) -> None:
        names = [{"category_id": "x", "name": "X", "size": 1}, {"category_id": None}]
        found = violations("demo", "/coins/categories/list", names)
        assert len(found) == 3


def faults_of(plan: str, asked: dict[str, Any]) -> list[str]:
    """What is wrong with a request, by the vendor's description of the plan's host."""
    whole = description(plan)
    template = template_of(whole["paths"], asked["path"])
    if template is None:
        return [f"no path {asked['path']}"]
    operation = whole["paths"][template].get(asked["method"].lower())
    if operation is None:
        return [f"no method {asked['method']}"]
    declared = {one["name"]: one for one in operation.get("parameters", ()) if one["in"] == "query"}
    found = [f"no parameter {name}" for name in asked["query"].keys() - declared.keys()]
    for name, parameter in declared.items():
        if name in asked["query"]:
            found += wrong_value(name, parameter, asked["query"][name])
        elif parameter.get("required"):
            found.append(f"{name} is missing")
    return found + wrong_key(plan, whole["components"]["securitySchemes"], asked["headers"])


def template_of(paths: dict[str, Any], path: str) -> str | None:
    """The path template; one without parameters comes first."""
    for template in sorted(paths, key=lambda one: one.count("{")):
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), path):
            return template
    return None


def wrong_value(name: str, parameter: dict[str, Any], text: str) -> list[str]:
    schema = parameter["schema"]
    forms = {"integer": r"\d+", "boolean": "true|false", "string": r"(?s).+"}
    if not re.fullmatch(forms[schema["type"]], text):
        return [f"{name} is no {schema['type']}"]
    if "enum" in schema and text not in schema["enum"]:
        return [f"{name} is none of its values"]
    # Bounds and forms of dates are prose in the description.
    span = re.search(r"Valid values: (\d+)\.\.\.(\d+)", parameter.get("description", ""))
    if span and not int(span[1]) <= int(text) <= int(span[2]):
        return [f"{name} is not within {span[1]} and {span[2]}"]
    is_date = "YYYY-MM-DDTHH:MM" in parameter.get("description", "")
    if is_date and not re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d)?|\d+", text):
        return [f"{name} is no date in one of its forms"]
    return []


def wrong_key(plan: str, schemes: dict[str, Any], headers: dict[str, str]) -> list[str]:
    expected = set() if plan == "keyless" else {schemes["headerAuth"]["name"]}
    given = {name for name in headers if "api-key" in name}
    found = [] if given == expected else [f"keys in {sorted(given)}, not in {sorted(expected)}"]
    return found if headers.get("user-agent") else [*found, "no User-Agent"]


class TestClient:
    """What capbrief asks is what the vendor describes."""

    @pytest.mark.parametrize("plan", ["keyless", "demo", "pro"])
    def test_a_whole_fetch(self, coingecko: CoinGecko, job: Job, plan: str) -> None:
        coingecko.set(plan=plan, now="2026-11-23T12:00:00Z")
        keys = {"demo": coingecko.demo_key, "pro": coingecko.pro_key}
        key = Secret(keys[plan]) if plan in keys else None
        chosen = Plan(plan=plan, key=key, url=coingecko.url, calls_per_minute=1e6)
        job = replace(job, settings=replace(job.settings, coingecko=chosen))
        source = Source(chosen, (UNIVERSES,))
        outcome = fetching.fetch(job, [source], Wanted(now=job.clock(), max_catchup_days=3))
        assert outcome.failures == []
        august = (date(2026, 8, 1), date(2026, 8, 31))
        wanted = Wanted(now=job.clock(), days=august, coin_ids=("near", "1move token"))
        fetching.backfill(job, source, wanted)
        paths = description(plan)["paths"]
        used = {template_of(paths, asked["path"]) for asked in coingecko.requests}
        assert used == {
            "/coins/categories/list",
            "/coins/categories",
            "/coins/markets",
            "/coins/{id}/market_chart",
            "/coins/{id}/market_chart/range",
            "/global",
        } | ({"/key"} if plan == "pro" else set())
        found = {fault for asked in coingecko.requests for fault in faults_of(plan, asked)}
        assert found == set()

    @pytest.mark.parametrize(
        ("path", "query", "expected"),
        [
            ("/coins/markets", {"vs_currency": "usd", "per_page": "250"}, []),
            ("/coins/markets", {"per_page": "251"}, [
                "per_page is not within 1 and 250", "vs_currency is missing"]),
            ("/coins/markets", {"vs_currency": "usd", "order": "gecko_desc"}, [
                "order is none of its values"]),
            ("/coins/markets", {"vs_currency": "usd", "page": "one"}, ["page is no integer"]),
            ("/coins/a b/market_chart/range", {"vs_currency": "usd", "from": "1", "to": "2",
                "interval": "daily"}, ["no parameter interval"]),
            ("/coins/a/market_chart/range", {"vs_currency": "usd", "from": "2026-01-01",
                "to": "2"}, ["from is no integer"]),
            ("/coins/gecko/eggs", {}, ["no path /coins/gecko/eggs"]),
            ("/key", {}, ["no path /key"]),
        ],
    )  # fmt: skip
    def test_wrong_requests_would_be_found(
        self, path: str, query: dict[str, str], expected: list[str]
    ) -> None:
        headers = {"user-agent": "test", "x-cg-demo-api-key": "CG-x"}
        asked = {"method": "GET", "path": path, "query": query, "headers": headers}
        assert sorted(faults_of("demo", asked)) == expected

    @pytest.mark.parametrize(
        ("plan", "header"),
        [("demo", None), ("demo", "x-cg-pro-api-key"), ("keyless", "x-cg-demo-api-key")],
    )
    def test_wrong_keys_would_be_found(self, plan: str, header: str | None) -> None:
        headers = {"user-agent": "test"} | ({header: "CG-x"} if header else {})
        asked = {"method": "GET", "path": "/ping", "query": {}, "headers": headers}
        assert len(faults_of(plan, asked)) == 1
