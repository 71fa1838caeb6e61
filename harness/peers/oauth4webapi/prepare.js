// Writes the lab into the folder FOLDER, beside the authority that is there already: the authorization servers
// that btx plays and their key, what the client knows of them, and the target file. `node prepare.js FOLDER`
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const adapter = new URL('adapter.js', import.meta.url).pathname;
const write = (name, text) => writeFileSync(join(folder, name), text, { mode: 0o600 });

// Each server: what is special about its certificate, and how the client comes to a token there.
const many = (count, prefix) => Array.from({ length: count }, (_, i) => ({ name: `${prefix}${i + 1}` }));
const bad = ['expired-cert', 'self-signed', 'wrong-name', 'other-ca'];
const servers = [
  ...many(8, 'secret-'),
  ...many(3, 'signing-').map((server) => ({ ...server, signs: true })),
  ...many(3, 'found-').map((server) => ({ ...server, discovery: true })),
  ...bad.map((kind, i) => ({ name: kind, kind, port: 9644 + i })),
].map((server) => ({ kind: 'good', port: 9643, ...server }));

const clients = [];
const tables = [];
const client = generateKeyPairSync('ec', { namedCurve: 'P-256' });
for (const { name, kind, port, signs, discovery } of servers) {
  const issuer = `https://127.0.0.1:${port}/${name}`;
  const id = signs ? `shop-at-${name}` : `shop: ${name} +1%`;
  const secret = `${randomBytes(32).toString('base64url')}: +%`;
  const key = { ...client.privateKey.export({ format: 'jwk' }), kid: 'shop' };
  clients.push({
    name,
    issuer,
    id,
    api: `${issuer}/api`,
    ...(signs ? { key } : { secret }),
    ...(discovery ? {} : { token_endpoint: `${issuer}/token` }),
  });
  tables.push(`
[[server_peer]]
name      = "${name}"
kind      = "${kind}"
issuer    = "${issuer}"
client    = { id = "${id}", ${signs ? 'jwks = "shop.jwks"' : `secret = "${secret}"`} }
discovery = ${discovery === true}
key       = { file = "servers.pem" }
`);
}

const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
write('servers.pem', own.privateKey.export({ format: 'pem', type: 'pkcs8' }));
write('shop.jwks', JSON.stringify({ keys: [{ ...client.publicKey.export({ format: 'jwk' }), kid: 'shop' }] }));
write('clients.json', JSON.stringify(clients, null, 2));
write('target.toml', `[target]
name   = "oauth4webapi"
claims = ["oauth/client", "client-private-key-jwt", "client-discovery"]

[client]

[control]
command = ["node", "${adapter}", "${join(folder, 'clients.json')}"]
verbs   = ["start", "use"]

[harness]
listen = "127.0.0.1:9643"
ca     = "lab-ca.pem"
ca_key = "lab-ca.key"
${tables.join('')}`);
