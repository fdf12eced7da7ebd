#!/usr/bin/env python3
"""Prints the ten slowest programs and files of tests in the folders given:
meson's, from its log, and Node's, from what they printed."""
import glob
import json
import os
import re
import sys

took = []
for folder in sys.argv[1:]:
    for path in glob.glob(os.path.join(folder, 'meson-logs/testlog.json')):
        with open(path, encoding='utf-8') as log:
            for line in log:
                test = json.loads(line)
                took.append((test['duration'], test['name'].split(' / ')[-1], folder))
    for path in glob.glob(os.path.join(folder, '*/*.test.mjs.log')):
        with open(path, encoding='utf-8', errors='replace') as log:
            ms = re.findall(r'^# duration_ms ([\d.]+)', log.read(), re.M)
        if ms:
            took.append((float(ms[-1]) / 1000, os.path.relpath(path, folder).removesuffix('.test.mjs.log'), folder))
for kind, wanted in (('meson tests', lambda name, folder: not name.startswith(('e2e/', 'ui/'))),
                     ('files of Node', lambda name, folder: name.startswith(('e2e/', 'ui/')))):
    slow = sorted((t for t in took if wanted(*t[1:])), reverse=True)[:10]
    print(f'slowest {kind}, in s: ' + ', '.join(f'{name} {seconds:.0f}{" (sanitized)" * folder.endswith("asan")}' for seconds, name, folder in slow))
