from pathlib import Path

from tests.cli.program import NOWHERE, Caller


def test_findings_for_scripts(appliance: Caller, tmp_path: Path) -> None:
    appliance.environment(NOWHERE | {"APPLIANCE_MODELS__FOLDER": str(tmp_path)})
    ended = appliance("check", "--json")
    assert ended.code == 1, "without models it cannot work"
    findings = ended.json
    assert {"processor", "models", "memory", "disk", "ports"} <= {finding["subject"] for finding in findings}
    for finding in findings:
        assert list(finding) == ["subject", "verdict", "detail", "remedy"]
        assert finding["verdict"] in {"ok", "warning", "problem"}


def test_findings_for_people(appliance: Caller, tmp_path: Path) -> None:
    appliance.environment(NOWHERE | {"APPLIANCE_MODELS__FOLDER": str(tmp_path)})
    ended = appliance("check")
    assert ended.code == 1
    lines = ended.out.splitlines()
    assert lines[0].startswith("✓ processor: ")
    problem = next(number for number, line in enumerate(lines) if line.startswith("✗ models: "))
    assert lines[problem + 1] == "    → Run: appliance models pull --profile bundled"


def test_a_detail_is_text_and_no_markup(appliance: Caller, tmp_path: Path) -> None:
    folder = tmp_path / "[red]brackets[/red]"
    appliance.environment(NOWHERE | {"APPLIANCE_MODELS__FOLDER": str(folder)})
    assert "[red]brackets[/red]" in appliance("check").out
