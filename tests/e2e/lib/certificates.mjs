// Certificates made at run time by openssl: a root, and servers it vouches for.

import { run } from './program.mjs';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export class Authority {
  #folder;

  /** Files go into FOLDER, which exists. */
  static async create(folder) {
    const authority = new Authority();
    authority.#folder = folder;
    await authority.#openssl('req', '-x509', ...NEW_KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test root');
    return authority;
  }

  #openssl(...args) {
    return run('openssl', args, { cwd: this.#folder });
  }

  /** Path of the root certificate. */
  get file() {
    return `${this.#folder}/ca.pem`;
  }

  /** Certificate and key of a server: {certificate, key}. */
  async issue(name, { hosts = 'DNS:localhost,IP:127.0.0.1', days = 2 } = {}) {
    await this.#openssl('req', ...NEW_KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`, '-addext', `subjectAltName=${hosts}`);
    await this.#openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial',
      '-copy_extensions', 'copy', '-days', String(days), '-out', `${name}.pem`);
    return { certificate: `${this.#folder}/${name}.pem`, key: `${this.#folder}/${name}.key` };
  }
}
