-- KEYS: epoch, open ones of the partner, open ones, tokens of the partner, prefix of exchanges, prefix of tokens.
-- ARGV: epoch, failure.
for _, name in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  redis.call('HSET', KEYS[5] .. name, 'progress', ARGV[2])
  redis.call('ZREM', KEYS[3], name)
end
redis.call('DEL', KEYS[2])
for _, digest in ipairs(redis.call('ZRANGE', KEYS[4], 0, -1)) do
  redis.call('DEL', KEYS[6] .. digest)
end
redis.call('DEL', KEYS[4])
return 1
