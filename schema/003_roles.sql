-- Why: each program gets the rights that its part of the contract needs, and no more, and nobody
-- has to work them out by hand. The roles cannot log in: grant them to the users that do.
--
-- Roles belong to the whole cluster, the schema belongs to one database. A role may therefore exist
-- already, the migration of another database may make it at this moment, and the user that migrates
-- may not be allowed to make one. None of these is an error. A notice names each role that could
-- not be made. Once the role exists, the owner of the tables can call wxtoken.grant_roles() again.
-- Later files that add a table replace the function and call it.
--
-- Readers have the columns of the contract but not the internal ones, so that nobody comes to rely
-- on those. SELECT * is therefore refused to them. They may insert the columns that a new account
-- needs; an insert cannot touch an existing row.

CREATE FUNCTION wxtoken.grant_roles() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['wxtoken_worker', 'wxtoken_reader', 'wxtoken_component'] LOOP
        CONTINUE WHEN to_regrole(role) IS NOT NULL;
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role);
        EXCEPTION
            WHEN insufficient_privilege THEN
                RAISE NOTICE 'role % is lacking and % may not make it', role, current_user
                    USING HINT = 'Have it made, then run SELECT wxtoken.grant_roles().';
            WHEN duplicate_object OR unique_violation THEN
                NULL; -- the migration of another database was faster
        END;
    END LOOP;

    IF to_regrole('wxtoken_worker') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA wxtoken TO wxtoken_worker;
        GRANT SELECT ON wxtoken.schema_version, wxtoken.component TO wxtoken_worker;
        GRANT SELECT, INSERT, UPDATE ON wxtoken.authorizer TO wxtoken_worker;
        GRANT SELECT, INSERT, UPDATE, DELETE ON wxtoken.parked TO wxtoken_worker;
    END IF;

    IF to_regrole('wxtoken_reader') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA wxtoken TO wxtoken_reader;
        GRANT SELECT (component_appid, authorizer_appid, status, authorizer_access_token,
                      authorizer_refresh_token, expires_at, refresh_due_at, func_scopes, version,
                      authorized_at, last_errcode, last_rid, updated_at),
              INSERT (component_appid, authorizer_appid, status, authorizer_access_token,
                      authorizer_refresh_token, expires_at, refresh_due_at, func_scopes, version,
                      authorized_at)
            ON wxtoken.authorizer TO wxtoken_reader;
    END IF;

    IF to_regrole('wxtoken_component') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA wxtoken TO wxtoken_component;
        GRANT SELECT, INSERT, UPDATE ON wxtoken.component TO wxtoken_component;
    END IF;
END
$$;

REVOKE ALL ON FUNCTION wxtoken.grant_roles() FROM PUBLIC;

SELECT wxtoken.grant_roles();
