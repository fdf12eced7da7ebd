#!/usr/bin/env python3
"""Writes completion.c: the script named on the command line as bytes."""
import sys

with open(sys.argv[1], 'rb') as f:
    data = f.read()
rows = [', '.join(str(b) for b in data[i:i + 20])
        for i in range(0, len(data), 20)]
print('\n'.join([
    '/* Made from weirctl.bash. */',
    '#include "programs/ctl/completion.h"', '',
    'const char weir_ctl_completion_bash[] = {', ',\n'.join(rows), '};',
    'const gsize weir_ctl_completion_bash_bytes',
    '    = sizeof weir_ctl_completion_bash;']))
