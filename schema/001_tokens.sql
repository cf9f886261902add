-- Why: the tokens are stored here, and the workers agree with one another here. A row has all that
-- a redelivered record needs to see that its work is done (cause_*, writer, code_digest), so a
-- result and its proof are one row write.
--
-- The columns of the contract are public (schema/README.md): other programs read authorizer and may
-- insert rows, and the program that owns the component's token writes component. Every other column
-- is internal and has a default.
--
-- Indexes: schedulers ask for the rows that are due, so refresh_due_at is indexed. A refresh
-- changes refresh_due_at each time, so its update is not heap-only. A scan of all rows every minute
-- would cost more. There is no fillfactor either: without heap-only updates, free room in a page is
-- worth nothing.
--
-- The file runs in one transaction, which wxtoken migrate opens and commits.

CREATE SCHEMA IF NOT EXISTS wxtoken;

CREATE TABLE wxtoken.schema_version (
    number      integer PRIMARY KEY,
    name        text NOT NULL,
    checksum    text NOT NULL, -- SHA-256 of the file, in hex
    applied_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE wxtoken.component (
    component_appid         text PRIMARY KEY,
    component_access_token  text,
    expires_at              timestamptz -- may be null; WeChat's answer decides, not the clock
);

CREATE TABLE wxtoken.authorizer (
    component_appid           text,
    authorizer_appid          text,
    status                    text NOT NULL DEFAULT 'authorized'
        CONSTRAINT authorizer_status CHECK (status IN ('authorized', 'unauthorized', 'reauthorization_required')),
    authorizer_access_token   text,        -- null: no API permission granted, or unauthorized
    authorizer_refresh_token  text,
    expires_at                timestamptz, -- of the access token
    refresh_due_at            timestamptz, -- null: not scheduled
    func_scopes               integer[],
    version                   bigint NOT NULL DEFAULT 0
        CONSTRAINT authorizer_version CHECK (version >= 0),
    authorized_at             timestamptz, -- create_time of the authorisation change in force
    last_errcode              integer,
    last_rid                  text,
    updated_at                timestamptz NOT NULL DEFAULT now(), -- changes only with version

    -- The columns from here on are internal. The first four are the origin of the last change. All
    -- are null in rows that other programs inserted.
    cause_topic               text,
    cause_partition           integer,
    cause_offset              bigint,
    cause_timestamp           bigint,      -- unix ms: topics are recreated, databases are kept
    writer                    bigint,      -- random 64 bits of the process that wrote last
    code_digest               bytea,       -- SHA-256 of the authorisation code exchanged last
    cause_traceparent         text,        -- of the cause: a repeated announcement has it too

    PRIMARY KEY (component_appid, authorizer_appid)
);

-- A redirect brings a code but names no authorizer, so the code's digest finds the row. The digest
-- is the first column, because it alone tells rows apart.
CREATE INDEX authorizer_code_digest
    ON wxtoken.authorizer (code_digest, component_appid)
    WHERE code_digest IS NOT NULL;

CREATE INDEX authorizer_refresh_due_at
    ON wxtoken.authorizer (refresh_due_at)
    WHERE refresh_due_at IS NOT NULL;
