"""Checking manifests: in process, one file cold, and beside the schema validators that people use."""

import json
import subprocess

from .measure import CACHE, compare
from .place import GATES, TOOL, Place


def run(report, tools):
    report.section("validate, in process (plugins a second; `first` in micros)")
    for line in tools.cargo_bench("manifest-schema", "validate").splitlines():
        report.line(*line.split("\t"))
    report.section("a component looked at, in process (milliseconds)")
    for line in tools.cargo_bench("manifest-schema", "components").splitlines():
        report.line(*line.split("\t"))

    wa = tools.wa
    with Place(wa) as place:
        folder = place.source("one", TOOL.format(tool="one_lookup") + GATES,
                              "const keep = (draft) => draft;\nexport default definePlugin({ tools: { one_lookup: () => ({ found: true }) },"
                              " hooks: { 'message.receiving': keep, 'message.sending': keep } });")
        schema = place.root / "schema.json"
        schema.write_text(place.wa("schema", "plugin"))
        # YAML is not what ajv-cli reads: the same manifest as JSON, written by a program that reads both.
        manifest = place.root / "manifest.json"
        to_json = "import sys, json; from ruamel.yaml import YAML; json.dump(YAML(typ='safe').load(open(sys.argv[1])), sys.stdout)"
        text = subprocess.run([tools.python, "-c", to_json, folder / "wa.plugin.yaml"], check=True, capture_output=True, text=True).stdout
        manifest.write_text(json.dumps(json.loads(text)))
        modules = CACHE / "node_modules"
        commands = {
            "wa plugins validate": [wa, "plugins", "validate", folder],
            "ajv-cli": [modules / ".bin/ajv", "validate", "--spec=draft2020", "--strict=false", "-c", modules / "ajv-formats",
                        "-s", schema, "-d", manifest],
            "check-jsonschema": [tools.python, "-m", "check_jsonschema", "--schemafile", schema, manifest],
        }
        report.section("validate, one plugin, cold (wa also reads its code; the peers check the JSON Schema alone)")
        report.runs(compare(commands, rounds=8, env=place.env), against=["ajv-cli", "check-jsonschema"])
