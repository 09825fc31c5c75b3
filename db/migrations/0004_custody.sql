CREATE TABLE `audit_checkpoints` (
	`sequence` integer PRIMARY KEY NOT NULL,
	`hash` blob NOT NULL,
	`mac` blob NOT NULL,
	`at_ms` integer NOT NULL,
	`pruned_at_ms` integer
);
--> statement-breakpoint
ALTER TABLE `custody` ADD `ttl_ms` integer;--> statement-breakpoint
ALTER TABLE `custody` ADD `drain_deadline_at_ms` integer;--> statement-breakpoint
ALTER TABLE `custody` ADD `stalled_since_at_ms` integer;