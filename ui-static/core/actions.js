// What the reviewer has asked for and what the gateway has answered.
//
// Nothing is assumed: between a key press and the result there is a pending
// command, and the page says so. One command of a kind is in flight for one
// case or stream, so a double click decides once. A cut may always be asked
// for, also over a pending blank or release.

/**
 * @param {object} options
 * @param {(type: string, fields: object) => Promise<object>} options.command
 * @param {() => void} options.onChange
 */
export function createActions({ command, onChange }) {
  const targets = new Map(); // key → {pending: [verb], outcome}

  const at = (key) => targets.get(key) ?? { pending: [], outcome: null };

  async function run(key, verb, type, fields) {
    const before = at(key);
    if (before.pending.includes(verb)) return null;
    if (before.pending.length > 0 && verb !== 'cut') return null;
    targets.set(key, { pending: [...before.pending, verb], outcome: null });
    onChange();
    const result = await command(type, fields);
    const after = at(key);
    const pending = after.pending.filter((v) => v !== verb);
    // A cut's answer outranks whatever else comes back around it.
    const keep = after.outcome?.verb === 'cut' && after.outcome.result.ok === true;
    targets.set(key, { pending, outcome: keep ? after.outcome : { verb, result } });
    onChange();
    return result;
  }

  return {
    /** VERDICT: cut, blank or release. */
    decide: (caseId, verdict, note = '') =>
      run(`case ${caseId}`, verdict, 'case.decide', { case: caseId, verdict, note }),

    /** Takes the flagged span of ONE, a case, out of its stream, and no more. */
    redact: (one) =>
      run(`case ${one.id}`, 'redact', 'stream.redact', {
        stream: one.stream,
        from_ms: Math.max(0, one.span.from_ms ?? 0),
        to_ms: one.span.to_ms,
        reason: one.reason.slice(0, 200),
      }),

    /** VERB: blank, resume, redact, dump, mute, unmute, set_delay, cut or
     * unbar; FIELDS are its own. */
    stream: (path, verb, fields = {}) =>
      run(`stream ${path}`, verb, `stream.${verb}`, { stream: path, reason: '', ...fields }),

    forCase: (id) => at(`case ${id}`),
    forStream: (path) => at(`stream ${path}`),

    clear() {
      targets.clear();
      onChange();
    },
  };
}
