-- Why: a record that has to wait must not hold back the offsets of all records after it. It is
-- copied here whole, with what its job knows, and its offset is finished. Any worker claims it when
-- it is due.
--
-- The table is internal: only workers read and write it. A row is one Kafka record, and its key is
-- the record's origin. The timestamp is a part of the origin because topics are recreated while
-- databases are kept. A claim moves due_at on by a lease and gives the row another revision; a
-- delete names the revision that was claimed. The lease saves work; the fence of authorizer makes
-- the result correct.
--
-- record_headers is written and read by workers only. Its numbers have 32 bits, the highest byte
-- first:
--     the number of headers; then for each header the length and bytes of its name, and the length
--     and bytes of its value, or -1 for a null value.
--
-- record_value may hold an authorisation code: whoever may read this table may read secrets.

CREATE TABLE wxtoken.parked (
    topic              text,
    partition          integer,
    record_offset      bigint,
    record_timestamp   bigint,               -- unix ms; -1: the record has none

    record_key         bytea,                -- null: the record has none
    record_value       bytea,                -- null is not the same as empty
    record_headers     bytea NOT NULL,

    component_appid    text,                 -- for people; the worker reads the record
    authorizer_appid   text,                 -- as it is known now; the record may not name it
    revision           bigint NOT NULL,      -- 1 at first; each claim and each parking changes it
    parked_at          timestamptz NOT NULL DEFAULT now(), -- when it was parked first
    due_at             timestamptz NOT NULL, -- by the database's clock
    first_seen         timestamptz NOT NULL, -- when a worker saw it first
    -- Null: nothing of the record's own has failed, or something else has held it up since.
    failing_since      timestamptz,
    tries              integer NOT NULL,     -- tries that failed
    reason             text NOT NULL,        -- why it waits

    -- The job needs these to go on.
    owes               boolean NOT NULL,     -- a call may have acted; no known row has its result
    code_has_answered  boolean NOT NULL,     -- its authorisation code is not sent again
    refused_token      bigint,               -- hash of the refresh token that WeChat refused last
    vain_version       bigint,               -- row version for which WeChat reported no other token
    vain_at            timestamptz,          -- when it did so first; it counts only a minute later
    search_until       timestamptz,          -- the row of its code is looked for until then
    errcode            integer,              -- of the refusal that led to the inquiry
    rid                text,                 -- of the same refusal

    PRIMARY KEY (topic, partition, record_offset, record_timestamp)
);

CREATE INDEX parked_due_at
    ON wxtoken.parked (due_at);
