// A certificate for localhost that nobody but these tests trusts, and requests that trust it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';

/** {key, cert, certFile} in that folder. */
export function makeCertificate(folder) {
  const keyFile = path.join(folder, 'idp.key'), certFile = path.join(folder, 'idp.crt');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', keyFile, '-out', certFile],
  { stdio: 'ignore' });
  return { key: readFileSync(keyFile), cert: readFileSync(certFile), certFile };
}

/** One request without redirects: {status, headers, body}. */
export function request(url, { method = 'GET', headers = {}, body = '', localAddress } = {}) {
  return new Promise((done, fail) => {
    const q = https.request(url, { method, headers, rejectUnauthorized: false, agent: false, localAddress }, (r) => {
      let text = '';
      r.on('data', (d) => (text += d));
      r.on('end', () => done({ status: r.statusCode, headers: r.headers, body: text }));
    });
    q.on('error', fail);
    q.end(body);
  });
}
