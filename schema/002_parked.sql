-- Why: one record that has to wait must not hold back the offsets of all that come behind it. It is copied here whole, with
-- what its job has come to know, and its offset is done; any worker takes it again when it is due.
--
-- The table is internal: only workers read and write it. A row is one Kafka record, known by its origin (the timestamp is
-- part of it, because topics are recreated and databases kept). To take it is to push due_at on by a lease and to give the
-- row another revision; whoever deletes it says which revision it took. The lease saves work, the fence of authorizer gives
-- correctness.
--
-- record_headers, written and read by the worker alone, all numbers 32 bits, the highest byte first:
--     how many headers; then for each: length and bytes of its name, length and bytes of its value, or -1 for a null value.
--
-- An authorisation code may stand in record_value: who may read this table may read secrets.

CREATE TABLE wxtoken.parked (
    topic              text,
    partition          integer,
    record_offset      bigint,
    record_timestamp   bigint,               -- unix ms; -1: the record has none

    record_key         bytea,                -- null: the record has none
    record_value       bytea,                -- null is not the empty one
    record_headers     bytea NOT NULL,

    component_appid    text,                 -- for people; the worker reads the record
    authorizer_appid   text,                 -- as it is known by now; the record may not name it
    revision           bigint NOT NULL,      -- 1 at first; another with each taking and each parking
    parked_at          timestamptz NOT NULL DEFAULT now(), -- for the first time
    due_at             timestamptz NOT NULL, -- by the database's clock
    first_seen         timestamptz NOT NULL, -- by a worker
    failing_since      timestamptz,          -- null: nothing of its own has failed, or something else held it up since
    tries              integer NOT NULL,     -- failed ones
    reason             text NOT NULL,        -- why it waits

    -- What its job needs to go on.
    owes               boolean NOT NULL,     -- a call may have acted, and no row is known to hold what came of it
    code_has_answered  boolean NOT NULL,     -- its authorisation code is not sent again
    refused_token      bigint,               -- hash of the refresh token that WeChat refused last
    vain_version       bigint,               -- the version of the row about which WeChat was asked in vain
    vain_at            timestamptz,          -- and when; only a minute later the answer counts
    search_until       timestamptz,          -- how long the row of its code is still looked for
    errcode            integer,              -- of the refusal that led to it
    rid                text,

    PRIMARY KEY (topic, partition, record_offset, record_timestamp)
);

CREATE INDEX parked_due_at
    ON wxtoken.parked (due_at);
