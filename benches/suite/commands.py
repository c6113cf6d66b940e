"""Starting up, and looking at 100 plugins."""

from .measure import compare
from .place import Place


def run(report, tools):
    wa = tools.wa
    with Place(wa) as place:
        place.write_project()
        place.fill(100)
        report.section("start, and a list of 100 installed plugins")
        commands = {
            "wa plugins list": [wa, "plugins", "list"],
            "wa --version": [wa, "--version"],
            "/bin/true": ["/bin/true"],
            "node -e 0": ["node", "-e", "0"],
        }
        results = compare(commands, cwd=place.project, env=place.env)
        report.runs(results, against=["node -e 0"])
