-- KEYS: epoch, exchange, open ones of the partner, open ones, token, tokens of the partner.
-- ARGV: epoch, name, digest, initiator, expires_at.
local known = redis.call('HMGET', KEYS[2], 'progress', 'over')
-- EX-ISS-069: whoever ordered this has told a failure by the time that it is too late.
if known[1] ~= 'open' or now >= tonumber(known[2]) then
  return 0
end
redis.call('HSET', KEYS[2], 'progress', 'live', 'token', ARGV[3])
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('ZREM', KEYS[4], ARGV[2])
redis.call('HSET', KEYS[5], 'initiator', ARGV[4], 'expires_at', ARGV[5])
redis.call('EXPIREAT', KEYS[5], ARGV[5])
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', now / 1000)
redis.call('ZADD', KEYS[6], ARGV[5], ARGV[3])
return 1
