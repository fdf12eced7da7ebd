// Which page the address asks for. Pure.

/** "#banks/demo" → {page: 'banks', bank: 'demo'}; what is not known: review. */
export function readRoute(hash) {
  const [page, name, ...more] = hash.replace(/^#/, '').split('/');
  if (page !== 'banks' || more.length > 0) return { page: 'review', bank: null };
  try {
    return { page, bank: name ? decodeURIComponent(name) : null };
  } catch {
    return { page, bank: null };
  }
}

/** The address of a bank's page; without NAME that of all. */
export const bankAddress = (name) => (name ? `#banks/${encodeURIComponent(name)}` : '#banks');
