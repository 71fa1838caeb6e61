-- KEYS: epoch, digest, prefix of sessions.
local name = redis.call('GET', KEYS[2])
if not name then
  return {}
end
local known = redis.call('HMGET', KEYS[3] .. name, 'subject', 'ends_at')
return {name, known[1], known[2]}
