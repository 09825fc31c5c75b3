CREATE TRIGGER audit_only_appends BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE sequence >= NEW.sequence OR id = NEW.id)
  OR NEW.previous_hash IS NOT coalesce((SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1), NEW.previous_hash)
  OR (NEW.hash IS NULL AND EXISTS (SELECT 1 FROM audit_checkpoints))
BEGIN
  SELECT RAISE(ABORT, 'the audit is append only and a new row follows the last one of the chain');
END;
--> statement-breakpoint
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit is append only and its rows are never changed');
END;
--> statement-breakpoint
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_checkpoints WHERE sequence >= OLD.sequence AND pruned_at_ms IS NOT NULL)
BEGIN
  SELECT RAISE(ABORT, 'the audit is append only and its rows go only up to a pruned checkpoint');
END;
--> statement-breakpoint
CREATE TRIGGER audit_checkpoints_no_replace BEFORE INSERT ON audit_checkpoints
WHEN EXISTS (SELECT 1 FROM audit_checkpoints WHERE sequence >= NEW.sequence)
BEGIN
  SELECT RAISE(ABORT, 'a checkpoint of the audit is later than all that there are');
END;
--> statement-breakpoint
CREATE TRIGGER audit_checkpoints_no_update BEFORE UPDATE ON audit_checkpoints
WHEN OLD.pruned_at_ms IS NOT NULL OR NEW.pruned_at_ms IS NULL
  OR NEW.sequence <> OLD.sequence OR NEW.hash <> OLD.hash OR NEW.at_ms <> OLD.at_ms
BEGIN
  SELECT RAISE(ABORT, 'a checkpoint of the audit is only ever marked as pruned');
END;
--> statement-breakpoint
CREATE TRIGGER audit_checkpoints_no_delete BEFORE DELETE ON audit_checkpoints
WHEN NOT EXISTS (SELECT 1 FROM audit_checkpoints WHERE sequence > OLD.sequence AND pruned_at_ms IS NOT NULL)
BEGIN
  SELECT RAISE(ABORT, 'a checkpoint of the audit goes only before a pruned one');
END;
