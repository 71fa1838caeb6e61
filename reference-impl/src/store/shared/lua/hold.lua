-- KEYS: epoch, held token, held ones of the issuer. ARGV: epoch, name, token, expires_at.
redis.call('HSET', KEYS[2], 'token', ARGV[3], 'expires_at', ARGV[4])
redis.call('EXPIREAT', KEYS[2], ARGV[4])
redis.call('SADD', KEYS[3], ARGV[2])
return 1
