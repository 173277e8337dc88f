"""Organizations and services, in the terms of Open Referral HSDS."""

from pathlib import Path

from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.published import Content, Organization, Service
from bot.content.yaml_lines import Table


def read_organizations(path: Path, table: Table, problems: list[Problem]) -> dict[str, Organization]:
    found = {}
    directory = Fields(path, table, "el directorio", problems)
    directory.only("organizations")
    for entry in directory.tables("organizations"):
        fields = Fields(path, entry, f"la organización {entry.get('id', '?')}", problems)
        fields.only("id", "name", "alternate_name", "description", "url")
        organization = Organization(
            fields.text("id"), fields.text("name"), fields.where, fields.text("alternate_name", required=False),
            fields.text("description", required=False), fields.text("url", required=False),
        )  # fmt: skip
        if organization.id in found:
            fields.complain("id", "este id está repetido", "dé a cada organización su propio id")
        found[organization.id] = organization
    return found


def read_services(path: Path, table: Table, problems: list[Problem]) -> dict[str, Service]:
    found = {}
    directory = Fields(path, table, "el directorio", problems)
    directory.only("services")
    for entry in directory.tables("services"):
        fields = Fields(path, entry, f"el servicio {entry.get('id', '?')}", problems)
        fields.only("id", "organization_id", "name", "needs", "area", "receives_referrals")
        service = Service(
            fields.text("id"), fields.text("organization_id"), fields.text("name"), fields.where,
            fields.texts("needs"), fields.texts("area"), fields.flag("receives_referrals"),
        )  # fmt: skip
        if service.id in found:
            fields.complain("id", "este id está repetido", "dé a cada servicio su propio id")
        found[service.id] = service
    return found


def recipient(content: Content, need: str, municipality_key: str | None) -> Organization | None:
    """Who takes a case: the service nearest to the place, of the municipality, then the state, then everywhere."""
    place = municipality_key or ""

    def nearness(service: Service) -> int:
        return max((len(area) for area in service.area if place.startswith(area)), default=0 if not service.area else -1)

    takers = [
        service
        for service in content.services.values()
        if service.receives_referrals and (not service.needs or need in service.needs) and nearness(service) >= 0
    ]
    if takers:
        return content.organizations[max(takers, key=nearness).organization_id]
    return content.organizations.get(content.institution.receives or "")
