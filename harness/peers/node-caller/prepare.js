// Writes the lab into the folder FOLDER, beside the authority and the certificate that are there already: the
// resources that btx plays, what the caller knows of them, and the target file. `node prepare.js FOLDER`
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const caller = new URL('caller.js', import.meta.url).pathname;
const write = (name, text) => writeFileSync(join(folder, name), text, { mode: 0o600 });
const id = 'https://127.0.0.1:8448/caller.json';

const many = (count, flow) => Array.from({ length: count }, (_, i) => ({ name: `${flow}-${i + 1}`, flow }));
const bad = ['expired-cert', 'self-signed', 'wrong-name', 'other-ca'];
const resources = [
  ...many(8, 'alone'),
  ...many(8, 'hands-out'),
  ...bad.map((kind, i) => ({ name: kind, flow: 'alone', kind, port: 9844 + i })),
].map((resource) => ({ kind: 'good', port: 9843, ...resource }));
const identifier = ({ name, port }) => `https://127.0.0.1:${port}/${name}`;

write('caller.json', JSON.stringify({
  id,
  certificate: join(folder, 'target.pem'),
  key: join(folder, 'target.key'),
  resources: Object.fromEntries(resources.map((resource) => [resource.name, identifier(resource)])),
}, null, 2));
write('target.toml', `[target]
name   = "A caller in JavaScript"
claims = ["jwt/client", "uses-handed-out-tokens"]
ca     = "lab-ca.pem"

[jwt_client]
id = "${id}"

[control]
command = ["node", "${caller}", "${join(folder, 'caller.json')}"]
verbs   = ["use", "rotate"]

[harness]
listen = "127.0.0.1:9843"
ca     = "lab-ca.pem"
ca_key = "lab-ca.key"
${resources.map((resource) => `
[[jwt_peer]]
name     = "${resource.name}"
resource = "${identifier(resource)}"
flow     = "${resource.flow}"
kind     = "${resource.kind}"
`).join('')}`);
