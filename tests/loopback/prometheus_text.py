"""A strict reader of Prometheus' text exposition format, version 0.0.4, for tests.

https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/practices/naming/. Whatever is not exactly as it
should be is an error: also what Prometheus itself would put up with.
"""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? ([0-9]+)")


def _labels(text):
    """The labels between the braces, in order."""
    found, rest = [], text
    while rest:
        match = LABEL.match(rest)
        assert match, f"not a label: {rest!r}"
        key, value = match.groups()
        assert not key.startswith("__") and key not in dict(found), f"label {key}"
        found.append((key, re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m.group(1), m.group(1)), value)))
        rest = rest[match.end():]
        assert not rest or rest.startswith(",") and len(rest) > 1, f"between labels: {rest!r}"
        rest = rest[1:]
    return tuple(found)


class Metrics:
    """value ("name", label="x") of each sample; `types` of each family."""

    def __init__(self, text):
        assert text.endswith("\n") and "\r" not in text and "\n\n" not in text, "lines"
        self.types, self.helps, self.samples = {}, {}, {}
        current = None
        for line in text[:-1].split("\n"):
            if line.startswith("# HELP "):
                current = self._begin(line)
            elif line.startswith("# TYPE "):
                self._type(line, current)
            else:
                assert not line.startswith("#"), f"a comment: {line!r}"
                self._sample(line, current)
        assert set(self.types) == set(self.helps)

    def _begin(self, line):
        match = re.fullmatch(rf"# HELP ({NAME}) (\S.*)", line)
        assert match and match.group(1) not in self.helps, line
        assert re.fullmatch(r"(?:[^\\]|\\[\\n])*", match.group(2)), line
        self.helps[match.group(1)] = match.group(2)
        return match.group(1)

    def _type(self, line, current):
        match = re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge)", line)
        assert match and match.group(1) == current and current not in self.types, line
        name, kind = match.groups()
        assert (kind == "counter") == name.endswith("_total"), f"{name} is a {kind}"
        assert name == name.lower() and ":" not in name, name
        self.types[name] = kind

    def _sample(self, line, current):
        match = SAMPLE.fullmatch(line)
        assert match, f"not a sample: {line!r}"
        name, labels, value = match.groups()
        assert name == current and name in self.types, f"{name} is not below its HELP and TYPE"
        assert labels != "", line
        key = (name, _labels(labels or ""))
        assert key not in self.samples, f"twice: {key}"
        self.samples[key] = int(value)

    def value(self, name, **labels):
        return self.samples[(name, tuple(labels.items()))]

    def total(self, name):
        return sum(value for (found, _), value in self.samples.items() if found == name)

    def labels(self, name):
        return [dict(labels) for found, labels in self.samples if found == name]
