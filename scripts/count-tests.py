#!/usr/bin/env python3
"""Of a meson testlog.json: prints "PASSED FAILED": cases, not programs. With
--sound, of those programs that did not fail; with --failing, the names of the
others instead."""
import json
import re
import sys

which = sys.argv[1] if len(sys.argv) > 2 else ''
passed = failed = 0
with open(sys.argv[-1], encoding='utf-8') as log:
    for line in log:
        test = json.loads(line)
        sound = test['result'] in ('OK', 'SKIP')
        out = test.get('stdout') or ''
        # Subtests are indented; GLib's nest once.
        oks = len(re.findall(r'^ok \d+', out, re.M))
        bad = len(re.findall(r'^not ok \d+', out, re.M))
        if not sound and bad == 0:
            bad = 1
        if which == '--failing' and not sound:
            print(test['name'].split(' / ')[-1])
        if sound or which != '--sound':
            passed += oks
            failed += bad
if which != '--failing':
    print(passed, failed)
