-- KEYS: epoch, token. ARGV: epoch, what it was issued for, issued_at, expires_at.
redis.call('HSET', KEYS[2], 'granted', ARGV[2], 'issued_at', ARGV[3], 'expires_at', ARGV[4])
redis.call('EXPIREAT', KEYS[2], ARGV[4])
return 1
