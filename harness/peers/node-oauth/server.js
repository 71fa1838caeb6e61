'use strict';

// An authorization server and a resource in one, as an ordinary user of the library builds them: what is
// below `model` follows the library's documentation, and nothing is added that would mend its answers.

const express = require('express');
const OAuthServer = require('@node-oauth/express-oauth-server');

const { SECRET, PORT = '0' } = process.env;
if (!SECRET) {
  console.error('SECRET is not set: the beginning of the secrets of all clients');
  process.exit(2);
}

const clients = [
  { id: 'shop', secret: `${SECRET}-shop`, scopes: ['read', 'write'] },
  { id: 'market', secret: `${SECRET}-market`, scopes: ['read', 'write'] },
  { id: 'shop: 9+1%', secret: `${SECRET}: 9+1%`, scopes: ['read'] },
  { id: 'hurried', secret: `${SECRET}-hurried`, scopes: ['read'], accessTokenLifetime: 2 },
  { id: 'visitor', secret: `${SECRET}-visitor`, scopes: ['read'], grants: ['authorization_code'] },
].map((client) => ({ grants: ['client_credentials'], ...client }));

const tokens = new Map();

const model = {
  async getClient(id, secret) {
    return clients.find((client) => client.id === id && client.secret === secret);
  },
  // The library wants a user with every token. Here the client is its own.
  async getUserFromClient(client) {
    return { id: client.id };
  },
  async validateScope(_user, client, scope) {
    return scope.every((word) => client.scopes.includes(word)) && scope;
  },
  async saveToken(token, client, user) {
    const saved = { ...token, client, user };
    tokens.set(token.accessToken, saved);
    return saved;
  },
  async getAccessToken(accessToken) {
    return tokens.get(accessToken);
  },
  async verifyScope(token, scope) {
    return scope.every((word) => token.scope.includes(word));
  },
};

const oauth = new OAuthServer({ model });
const app = express();
let resource = null;

app.use(express.urlencoded({ extended: false }));
app.use(express.json());

app.get('/public', (_request, response) => response.send('moo'));
app.all('/token', oauth.token());
app.get('/read-resource', oauth.authenticate({ scope: 'read' }), (_request, response) => response.send({ resource }));
app.post('/write-resource', oauth.authenticate({ scope: 'write' }), (request, response) => {
  resource = request.body?.value ?? null;
  response.send({ message: 'resource created' });
});

const listener = app.listen(Number(PORT), '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`http://127.0.0.1:${listener.address().port}`);
});
