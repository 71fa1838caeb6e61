// A service that proves itself with JWTs: it publishes its document and its keys, and calls APIs when it is told to.
// A line in is an order, a line out what came of it. `node caller.js CONFIG.json`
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createInterface } from 'node:readline';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const { id, certificate, key, resources } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const LIFE = 60; // seconds that a JWT lives
const keysAt = new URL('keys.json', id);
let keys = []; // the first one signs, the others are published until nothing of theirs lives
const tokens = new Map(); // resource: an access token that it has handed out, and its end

async function rotate() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const kid = randomUUID();
  const now = Date.now();
  for (const old of keys) old.end ??= now + (LIFE + 60) * 1000;
  keys = [{ kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid } }, ...keys.filter((old) => old.end > now)];
  return { kid };
}

function sign(resource) {
  const [{ kid, privateKey }] = keys;
  return new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', typ: 'service+jwt', kid })
    .setIssuer(id).setSubject(id).setAudience(resource)
    .setIssuedAt().setExpirationTime(`${LIFE}s`)
    .sign(privateKey);
}

// Taken only where it belongs: on success, from one field, and from an answer that nobody stores.
function handedOut({ ok, headers }) {
  const info = headers.get('authentication-info') ?? '';
  const token = info.match(/^access_token="([\w.~+/-]+=*)", *expires_in=(\d{1,4})$/);
  const stored = !/(^|,)\s*no-store\s*(,|$)/i.test(headers.get('cache-control') ?? '');
  if (!ok || stored || !token || token[1].length < 20 || token[1].length > 4096) return undefined;
  return { text: token[1], end: Date.now() + Math.min(token[2], 3600) * 1000 };
}

async function call(resource, url) {
  if (!url.startsWith(`${resource}/`)) throw new Error('that is no API of this resource');
  const show = (token) => fetch(url, { redirect: 'manual', headers: { authorization: `Bearer ${token}` } });
  const held = tokens.get(resource);
  if (held && Date.now() < held.end) {
    const answer = await show(held.text);
    if (answer.status !== 401) return { token_sent: true, status: answer.status };
  }
  tokens.delete(resource);
  const answer = await show(await sign(resource));
  const token = handedOut(answer);
  if (token) tokens.set(resource, token);
  return { token_sent: true, status: answer.status };
}

await rotate();
const published = new Map([
  [new URL(id).pathname, () => ({ client_id: id, client_name: 'Caller', jwks_uri: keysAt.href })],
  [keysAt.pathname, () => ({ keys: keys.map(({ jwk }) => jwk) })],
]);
createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, ({ method, url }, answer) => {
  const found = method === 'GET' && published.get(url);
  answer.writeHead(found ? 200 : 404, { 'content-type': 'application/json', 'cache-control': 'max-age=60' });
  answer.end(JSON.stringify(found ? found() : {}));
}).listen(new URL(id).port, '127.0.0.1', () => {
  createInterface({ input: process.stdin }).on('line', async (line) => {
    const { id: number, verb, peer, url } = JSON.parse(line);
    const orders = { use: () => call(resources[peer], url), rotate };
    const carriedOut = orders[verb]?.() ?? Promise.reject(new Error('unknown verb'));
    const report = await carriedOut.catch(({ message }) => ({ error: message }));
    console.log(JSON.stringify({ id: number, ...report }));
  }).on('close', () => process.exit());
});
