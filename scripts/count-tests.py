#!/usr/bin/env python3
"""Prints "PASSED FAILED" of a meson testlog.json: cases, not programs."""
import json
import re
import sys

passed = failed = 0
with open(sys.argv[1], encoding='utf-8') as log:
    for line in log:
        test = json.loads(line)
        out = test.get('stdout') or ''
        # Subtests are indented; GLib's nest once.
        oks = len(re.findall(r'^ok \d+', out, re.M))
        bad = len(re.findall(r'^not ok \d+', out, re.M))
        if test['result'] not in ('OK', 'SKIP') and bad == 0:
            bad = 1
        passed += oks
        failed += bad
print(passed, failed)
