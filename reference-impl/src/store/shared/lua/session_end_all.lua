-- KEYS: epoch, sessions of the subject, prefix of sessions, prefix of digests.
for _, name in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local digest = redis.call('HGET', KEYS[3] .. name, 'digest')
  redis.call('DEL', KEYS[3] .. name)
  if digest then
    redis.call('DEL', KEYS[4] .. digest)
  end
end
redis.call('DEL', KEYS[2])
return 1
