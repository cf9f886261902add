-- Why: a worker must not lose what WeChat does late, nor believe what WeChat says by mistake.
--
-- A call whose answer was lost may still act at WeChat after the call that followed it. Then the
-- stored token is not WeChat's last, and it dies within five minutes. From the store on, the row
-- says until when that can happen, and the record is parked as a debt of one more refresh.
--
-- If WeChat says of too many accounts at once that they have withdrawn, their records are parked,
-- and WeChat is asked again for an hour before their tokens are deleted.
--
-- What waits must not stand in the way of others: each component's due records are found by
-- themselves, and a refresh that is parked serves those that come for the same account meanwhile.
--
-- All columns are internal. Workers of the previous version leave them as they are.

ALTER TABLE wxtoken.authorizer
    ADD COLUMN sent_at     timestamptz, -- when the call that brought the token was sent
    ADD COLUMN late_until  timestamptz; -- until when a lost call may still act; null: none may

ALTER TABLE wxtoken.parked
    ADD COLUMN late_until     timestamptz, -- the same, for a lost call of its job
    ADD COLUMN is_late_debt   boolean NOT NULL DEFAULT false, -- one more refresh is left to do
    ADD COLUMN doubted_since  timestamptz, -- WeChat's word of a withdrawal is not believed since
    -- A refresh that will call while the row has this version, or any (-1); null: it is none.
    ADD COLUMN serves_version bigint;

CREATE INDEX parked_component_due
    ON wxtoken.parked (coalesce(component_appid, ''), due_at);

CREATE INDEX parked_serves
    ON wxtoken.parked (component_appid, authorizer_appid)
    WHERE serves_version IS NOT NULL;

DROP INDEX wxtoken.parked_due_at;
