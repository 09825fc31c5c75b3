DROP INDEX `audit_team_sequence`;--> statement-breakpoint
CREATE INDEX `audit_team_time` ON `audit` (`team_id`,`at_ms`);--> statement-breakpoint
CREATE INDEX `audit_bot_time` ON `audit` (`bot_id`,`at_ms`);--> statement-breakpoint
CREATE INDEX `audit_actor_time` ON `audit` (`actor_id`,`at_ms`);--> statement-breakpoint
CREATE INDEX `audit_object_time` ON `audit` (`object_id`,`at_ms`);