-- KEYS: epoch, held token, held ones of the issuer, token in use. ARGV: epoch, name.
local held = redis.call('HMGET', KEYS[2], 'token', 'expires_at')
if not held[1] then
  return 0
end
redis.call('DEL', KEYS[2])
redis.call('SREM', KEYS[3], ARGV[2])
redis.call('HSET', KEYS[4], 'token', held[1], 'expires_at', held[2])
redis.call('EXPIREAT', KEYS[4], held[2])
return 1
