// Between btx and a client library: a line in is an order, a line out what came of it. `node adapter.js CLIENTS.json`
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as oauth from 'oauth4webapi';

globalThis.crypto ??= webcrypto; // Node 18 has both by other names only
globalThis.CryptoKey ??= webcrypto.CryptoKey;
const peers = new Map(JSON.parse(readFileSync(process.argv[2], 'utf8')).map((peer) => [peer.name, peer]));

async function proof({ secret, key }) {
  if (secret) return oauth.ClientSecretBasic(secret);
  const own = await crypto.subtle.importKey('jwk', key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  const name = (header) => { header.typ = 'client-authentication+jwt'; };
  return oauth.PrivateKeyJwt({ key: own, kid: key.kid }, { [oauth.modifyAssertion]: name });
}

async function fetchToken({ issuer, token_endpoint, id: client_id, ...secrets }) {
  const ask = (url) => oauth.discoveryRequest(url, { algorithm: 'oauth2' });
  const find = async (url) => oauth.processDiscoveryResponse(url, await ask(url));
  const server = token_endpoint ? { issuer, token_endpoint } : await find(new URL(issuer));
  const response = await oauth.clientCredentialsGrantRequest(server, { client_id }, await proof(secrets), {});
  const answer = await oauth.processClientCredentialsResponse(server, { client_id }, response);
  if (answer.token_type !== 'bearer') throw new Error('a token that only a key of its own could use');
  return { text: answer.access_token, end: Date.now() + (answer.expires_in ?? Infinity) * 1000 };
}

// Whoever wants a token while one is on its way waits for that. A failure is forgotten, and the next one tries
// again, unless it was the client itself that the server refused.
function renew(peer) {
  peer.token = fetchToken(peer).catch((error) => {
    if (error.error !== 'invalid_client' && error.status !== 401) peer.token = undefined;
    throw error;
  });
  return peer.token;
}

async function live(peer, refused) {
  const held = peer.token ?? renew(peer);
  const token = await held;
  if (token.text !== refused && Date.now() < token.end) return token;
  return peer.token === held ? renew(peer) : live(peer, refused);
}

async function call(peer, url, refused) {
  if (!url.startsWith(peer.api)) throw new Error('that is no API of this server');
  const { text } = await live(peer, refused);
  const answer = await oauth.protectedResourceRequest(text, 'GET', new URL(url)).catch((error) => error);
  const stale = answer.cause?.some?.(({ parameters }) => parameters.error === 'invalid_token');
  return stale && !refused ? call(peer, url, text) : { token_sent: true, status: answer.status };
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, verb, peer, url } = JSON.parse(line);
  let report = { error: 'unknown verb' };
  if (verb === 'start') report = renew(peers.get(peer)).then(() => ({ outcome: 'active' }));
  if (verb === 'use') report = call(peers.get(peer), url);
  const failed = ({ message }) => (verb === 'start' ? { outcome: 'failed', reason: message } : { error: message });
  console.log(JSON.stringify({ id, ...(await Promise.resolve(report).catch(failed)) }));
});
