#!/usr/bin/env python3
"""Writes api-docs.c: the JSON files named on the command line as bytes."""
import json
import sys

out = ['/* Made from openapi.json and asyncapi.json. */',
       '#include "web/api-docs.h"', '']
for path, name in zip(sys.argv[1:3], ('openapi', 'asyncapi')):
    with open(path, encoding='utf-8') as f:
        data = json.dumps(json.load(f), separators=(',', ':')).encode()
    rows = [', '.join(str(b) for b in data[i:i + 20])
            for i in range(0, len(data), 20)]
    out += [f'static const guint8 {name}[] = {{', ',\n'.join(rows), '};', '',
            'GBytes *', f'weir_api_docs_{name} (void)', '{',
            '  static GBytes *bytes;', '', '  if (bytes == NULL)',
            f'    bytes = g_bytes_new_static ({name}, sizeof {name});',
            '  return bytes;', '}', '']
print('\n'.join(out))
