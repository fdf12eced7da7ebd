#!/usr/bin/env python3
"""Checks the levels of the tree from the #include lines, and file sizes.

Includes go down only: main.c, app, then {web, hooks, rtmp, workers, lists,
store}, control, core, base, with wire beside core. Folders of one level don't
include each other. A third-party library is used in its places only. Every
include of ours is spelled from the top of its tree. Prints TAP.
"""

import os
import re
import sys

MAX_LINES = 600

BASE = {'base'}
CORE = BASE | {'core'}
CONTROL = CORE | {'control'}
MIDDLE = ('web', 'hooks', 'rtmp', 'workers', 'lists', 'store')
WORKER = CORE | {'wire'}
WORKER_PROGRAM = WORKER | {'programs/worker'}
PLUGINS = {'elements', 'hash', 'vision'}

# What a folder may include besides itself.
MAY_INCLUDE = {
    'gateway': CORE | {'app'},  # main.c
    'gateway/app': CONTROL | set(MIDDLE),
    'gateway/web': CONTROL,
    'gateway/hooks': CONTROL,
    'gateway/rtmp': CONTROL,
    'gateway/workers': CONTROL | {'wire', 'hash'},
    'gateway/lists': CONTROL | {'hash'},
    'gateway/store': CONTROL,
    'gateway/control': CORE,
    'gateway/core': BASE,
    'gateway/wire': BASE,
    'gateway/base': set(),
    'gateway/programs/worker': WORKER,
    'gateway/programs/analyzer': WORKER_PROGRAM | PLUGINS,
    'gateway/programs/ctl': WORKER | PLUGINS,
    'gateway/programs/hasher': CORE | PLUGINS,
    'gateway/programs/srt': WORKER_PROGRAM,
    'gateway/programs/muxer': WORKER_PROGRAM,
    'plugins/elements': CORE | PLUGINS,
    'plugins/vision': {'hash'},
    'plugins/hash': set(),
}

# Where a library may be used: beginnings of paths.
LIBRARIES = {
    r'libwebsockets': ('gateway/web/',),
    r'curl/': ('gateway/hooks/', 'gateway/programs/ctl/'),
    r'openssl/': ('gateway/rtmp/',),
    r'sqlite3\.h|libpq|postgres': ('gateway/store/',),
    r'sodium': ('gateway/control/', 'gateway/programs/srt/rules.'),
    r'uv\.h|uv/': ('gateway/base/loop.', 'gateway/rtmp/', 'gateway/workers/',
                   'gateway/web/', 'gateway/hooks/'),
    r'gst/': ('gateway/programs/', 'plugins/elements/'),
    r'srt/': ('gateway/programs/srt/',),
    r'cairo|pango': ('gateway/programs/muxer/',),
    r'seccomp\.h': ('gateway/programs/worker/',),
    r'opencv': ('plugins/vision/',),
    r'jansson': ('gateway/web/', 'gateway/hooks/', 'gateway/lists/',
                 'gateway/control/', 'gateway/programs/ctl/'),
    r'glib\.h|glib-|glib/|gio/|gmodule\.h|gobject/': ('gateway/', 'plugins/'),
    r'\w+$': ('plugins/vision/',),  # the standard library of C++
}

SYSTEM = re.compile(
    r'(sys|netinet|arpa|net|linux)/\w+\.h$|(assert|ctype|dirent|dlfcn|errno|'
    r'fcntl|float|getopt|immintrin|inttypes|limits|locale|math|netdb|poll|'
    r'pthread|pwd|grp|sched|signal|stdalign|stdarg|stdatomic|stdbool|stddef|'
    r'stdint|stdio|stdlib|string|strings|syslog|termios|time|unistd|'
    r'arm_neon|cpuid)\.h$')

INCLUDE = re.compile(r'^\s*#\s*include\s*(.*)')
# What a line of a table is made of: numbers, strings, comments, punctuation.
DATA = re.compile(r'"(?:[^"\\]|\\.)*"|/\*.*?\*/|\b\d[\w.]*|[-{}(),\s]')

SOURCES = ('.c', '.h', '.cpp', '.hpp', '.cc')
SIZED = SOURCES + ('.js', '.mjs', '.css', '.html', '.py')


def folder_of(path):
    """The longest folder of MAY_INCLUDE that holds PATH, or None."""
    folder = os.path.dirname(path)
    while folder and folder not in MAY_INCLUDE:
        folder = os.path.dirname(folder)
    if folder == 'gateway' and path != 'gateway/main.c':
        return None
    return folder or None


def complaint(path, line, exists):
    """What is wrong with LINE of the file PATH, or None.

    EXISTS tells whether a path from the root is a file.
    """
    match = INCLUDE.match(line)
    if not match:
        return None
    what = re.match(r'"([^"]*)"|<([^>]*)>', match.group(1))
    if not what:
        return f'{match.group(1)} is neither "…" nor <…>'
    own, foreign = what.groups()
    folder = folder_of(path)
    if folder is None:
        return 'stands in a folder that no rule knows'
    if own is not None:
        parts = own.split('/')
        if '..' in parts or '.' in parts or len(parts) < 2:
            return f'"{own}" is not spelled from the top of its tree'
        top = 'plugins/' if parts[0] in PLUGINS else 'gateway/'
        if not exists(top + own):
            return f'"{own}" is not spelled from the top of its tree'
        target = folder_of(top + own) or os.path.dirname(top + own)
        name = target.split('/', 1)[1]
        if target != folder and name not in MAY_INCLUDE[folder]:
            return f'{folder} must not include "{own}"'
        return None
    if SYSTEM.match(foreign):
        return None
    for library, places in LIBRARIES.items():
        if re.match(library, foreign):
            if any(path.startswith(place) for place in places):
                if library == 'opencv' and not path.endswith('.cpp'):
                    return f'<{foreign}> belongs into a .cpp file'
                return None
            return f'<{foreign}> has its place in {", ".join(places)}'
    return f'<{foreign}> is a library that no rule knows'


def count_lines(text):
    """Lines of TEXT, long tables of data not counted."""
    lines = text.splitlines()
    return sum(1 for line in lines if not line.strip() or DATA.sub('', line))


def files_under(root, top, endings):
    for folder, folders, names in os.walk(os.path.join(root, top)):
        folders[:] = sorted(f for f in folders if f != 'node_modules')
        for name in sorted(names):
            if name.endswith(endings):
                yield os.path.relpath(os.path.join(folder, name), root)


def read(root, path):
    with open(os.path.join(root, path), encoding='utf-8') as file:
        return file.read()


def planted():
    """Violations that must be found, and good lines that must not."""
    def exists(path):
        return path in {'gateway/core/gate.h', 'gateway/base/log.h',
                        'gateway/control/keys.h', 'gateway/rtmp/push.h',
                        'gateway/web/api.h', 'gateway/app/app.h',
                        'gateway/wire/wire.h', 'plugins/hash/pdq.h',
                        'gateway/programs/srt/main.h',
                        'gateway/programs/worker/sandbox.h'}

    bad = [
        ('gateway/core/gate.c', '"control/keys.h"'),
        ('gateway/base/log.c', '"core/gate.h"'),
        ('gateway/core/gate.c', '"wire/wire.h"'),
        ('gateway/wire/wire.c', '"core/gate.h"'),
        ('gateway/control/keys.c', '"rtmp/push.h"'),
        ('gateway/rtmp/push.c', '"web/api.h"'),
        ('gateway/web/api.c', '"app/app.h"'),
        ('gateway/web/api.c', '"wire/wire.h"'),
        ('gateway/main.c', '"rtmp/push.h"'),
        ('gateway/core/gate.c', '"gate.h"'),
        ('gateway/core/gate.c', '"../core/gate.h"'),
        ('gateway/core/gate.c', '"core/no-such.h"'),
        ('gateway/control/keys.c', '"hash/pdq.h"'),
        ('gateway/programs/srt/main.c', '"hash/pdq.h"'),
        ('gateway/programs/srt/main.c', '<seccomp.h>'),
        ('gateway/workers/worker.c', '"programs/worker/sandbox.h"'),
        ('gateway/programs/analyzer/main.c', '"programs/srt/main.h"'),
        ('gateway/programs/analyzer/main.c', '"control/keys.h"'),
        ('plugins/hash/pdq.c', '"core/gate.h"'),
        ('gateway/other/x.c', '"base/log.h"'),
        ('gateway/x.c', '"base/log.h"'),
        ('gateway/core/gate.c', '<uv.h>'),
        ('gateway/base/log.c', '<uv.h>'),
        ('gateway/core/gate.c', '<jansson.h>'),
        ('gateway/rtmp/push.c', '<sodium.h>'),
        ('gateway/app/app.c', '<gst/gst.h>'),
        ('gateway/web/api.c', '<sqlite3.h>'),
        ('plugins/hash/pdq.c', '<gst/gst.h>'),
        ('plugins/vision/vision.h', '<opencv2/core.hpp>'),
        ('gateway/core/gate.c', '<zlib.h>'),
        ('gateway/core/gate.c', '<vector>'),
        ('gateway/core/gate.c', 'HEADER'),
    ]
    good = [
        ('gateway/core/gate.c', '"core/gate.h"'),
        ('gateway/core/gate.c', '"base/log.h"'),
        ('gateway/main.c', '"app/app.h"'),
        ('gateway/app/app.c', '"rtmp/push.h"'),
        ('gateway/lists/banks.c', '"hash/pdq.h"'),
        ('gateway/programs/srt/main.c', '"programs/srt/main.h"'),
        ('gateway/programs/analyzer/main.c', '"programs/worker/sandbox.h"'),
        ('gateway/base/loop.h', '<uv.h>'),
        ('gateway/core/gate.c', '<sys/uio.h>'),
        ('plugins/vision/vision.cpp', '<opencv2/core.hpp>'),
        ('plugins/vision/vision.cpp', '<vector>'),
    ]
    for path, what in bad:
        if not complaint(path, '#include ' + what, exists):
            yield f'{path}: {what} was not found'
    for path, what in good:
        wrong = complaint(path, '# include ' + what, exists)
        if wrong:
            yield f'{path}: {wrong}'


def includes(root, top):
    def exists(path):
        return os.path.isfile(os.path.join(root, path))

    for path in files_under(root, top, SOURCES):
        for number, line in enumerate(read(root, path).splitlines(), 1):
            wrong = complaint(path, line, exists)
            if wrong:
                yield f'{path}:{number}: {wrong}'


def sizes(root, top):
    for path in files_under(root, top, SIZED):
        lines = count_lines(read(root, path))
        if lines > MAX_LINES:
            yield f'{path}: {lines} lines, at most {MAX_LINES}'


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, '../..')
    tests = [
        ('planted violations are found', list(planted())),
        ('includes of gateway', list(includes(root, 'gateway'))),
        ('includes of plugins', list(includes(root, 'plugins'))),
        ('sizes in gateway', list(sizes(root, 'gateway'))),
        ('sizes in plugins', list(sizes(root, 'plugins'))),
        ('sizes in ui-static', list(sizes(root, 'ui-static'))),
    ]

    print(f'1..{len(tests)}')
    for number, (name, wrong) in enumerate(tests, 1):
        print(f'{"not ok" if wrong else "ok"} {number} - {name}')
        for line in wrong:
            print('# ' + line)
    return 0


if __name__ == '__main__':
    sys.exit(main())
