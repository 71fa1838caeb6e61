-- KEYS: epoch, held token, held ones of the issuer. ARGV: epoch, name.
redis.call('DEL', KEYS[2])
redis.call('SREM', KEYS[3], ARGV[2])
return 1
