CREATE TABLE `one_time_codes` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`team_id` text NOT NULL,
	`user_id` text,
	`email` text,
	`role` text,
	`public_id` text NOT NULL,
	`secret_hmac` blob NOT NULL,
	`pepper_version` integer NOT NULL,
	`created_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`used_at_ms` integer,
	`revoked_at_ms` integer,
	`revoked_by` text,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "one_time_codes_kind_list" CHECK("one_time_codes"."kind" in ('invitation', 'password-reset')),
	CONSTRAINT "one_time_codes_role_list" CHECK("one_time_codes"."role" in ('owner', 'admin', 'operator', 'viewer'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `one_time_codes_public_id_unique` ON `one_time_codes` (`public_id`);--> statement-breakpoint
CREATE INDEX `one_time_codes_team` ON `one_time_codes` (`team_id`,`id`);--> statement-breakpoint
CREATE INDEX `one_time_codes_user` ON `one_time_codes` (`user_id`);--> statement-breakpoint
DROP TABLE `team_invitations`;--> statement-breakpoint
ALTER TABLE `user_sessions` ADD `confirmed_at_ms` integer;--> statement-breakpoint
ALTER TABLE `personal_tokens` ADD `revoked_by` text;--> statement-breakpoint
ALTER TABLE `personal_tokens` ADD `last_used_user_agent` text;--> statement-breakpoint
ALTER TABLE `personal_tokens` ADD `confirmed_at_ms` integer;