-- KEYS: epoch, session, its digest, sessions of the subject.
-- ARGV: epoch, name, subject, ends_at, digest, now in seconds.
redis.call('HSET', KEYS[2], 'subject', ARGV[3], 'ends_at', ARGV[4], 'digest', ARGV[5])
redis.call('EXPIREAT', KEYS[2], ARGV[4])
redis.call('SET', KEYS[3], ARGV[2], 'EXAT', ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', ARGV[6])
redis.call('ZADD', KEYS[4], ARGV[4], ARGV[2])
return 1
