// Checks a value against the part of JSON Schema that our documents use.

const typeOf = (v) => (v === null ? 'null' : Array.isArray(v) ? 'array' : typeof v);

/** The value that a "#/…" reference points to; throws if there is none. */
export function resolve(document, ref) {
  const parts = ref.replace(/^#\//, '').split('/').map((p) => p.replace(/~1/g, '/').replace(/~0/g, '~'));
  let at = document;
  for (const part of parts) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, part)) throw new Error(`no ${ref}`);
    at = at[part];
  }
  return at;
}

/** Faults of VALUE as "where: what"; empty when it fits SCHEMA. */
export function faults(document, schema, value, where = '$') {
  if (schema.$ref) return faults(document, resolve(document, schema.$ref), value, where);
  if (schema.oneOf) {
    const fits = schema.oneOf.filter((s) => faults(document, s, value, where).length === 0);
    return fits.length === 1 ? [] : [`${where}: fits ${fits.length} of oneOf`];
  }
  const found = [];
  const kind = typeOf(value);
  const types = [schema.type ?? []].flat();
  const fits = (t) => t === kind || (t === 'integer' && Number.isInteger(value));
  if (types.length > 0 && !types.some(fits)) return [`${where}: ${kind}, not ${types.join(' or ')}`];
  if (schema.enum && !schema.enum.includes(value)) found.push(`${where}: not one of ${schema.enum}`);
  if (Object.hasOwn(schema, 'const') && schema.const !== value) found.push(`${where}: not ${schema.const}`);
  if (schema.pattern && kind === 'string' && !new RegExp(schema.pattern, 'u').test(value)) found.push(`${where}: pattern`);
  if (kind === 'object') {
    for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) found.push(`${where}.${name}: missing`);
    for (const [name, inner] of Object.entries(schema.properties ?? {})) {
      if (Object.hasOwn(value, name)) found.push(...faults(document, inner, value[name], `${where}.${name}`));
    }
  }
  if (kind === 'array' && schema.items) {
    value.forEach((item, i) => found.push(...faults(document, schema.items, item, `${where}[${i}]`)));
  }
  return found;
}

/** Every $ref anywhere in DOCUMENT. */
export function references(document) {
  const refs = [];
  JSON.stringify(document, (key, value) => {
    if (key === '$ref') refs.push(value);
    return value;
  });
  return refs;
}
