CREATE TABLE `auth_batches` (
	`bot_id` text NOT NULL,
	`epoch` integer NOT NULL,
	`sequence` integer NOT NULL,
	`body_hash` blob NOT NULL,
	`revision` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`bot_id`, `epoch`, `sequence`),
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `auth_records` (
	`bot_id` text NOT NULL,
	`type` text NOT NULL,
	`record_key` blob NOT NULL,
	`version` integer NOT NULL,
	`epoch` integer NOT NULL,
	`data_key_id` integer NOT NULL,
	`ciphertext` blob NOT NULL,
	PRIMARY KEY(`bot_id`, `type`, `record_key`),
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `data_keys` (
	`bot_id` text NOT NULL,
	`id` integer NOT NULL,
	`master_key_id` text NOT NULL,
	`wrapped` blob NOT NULL,
	`uses` integer DEFAULT 0 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`retired_at_ms` integer,
	PRIMARY KEY(`bot_id`, `id`),
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`subject` text NOT NULL,
	`key` text NOT NULL,
	`body_hash` blob NOT NULL,
	`status` integer,
	`response` text,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `idempotency_keys_subject_key` ON `idempotency_keys` (`subject`,`key`);--> statement-breakpoint
CREATE TABLE `session_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`bot_id` text NOT NULL,
	`subject_kind` text NOT NULL,
	`subject_id` text NOT NULL,
	`issued_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`chain_id` text NOT NULL,
	`chain_started_at_ms` integer NOT NULL,
	`renewed_from_id` text,
	`revoked_at_ms` integer,
	`revoked_by` text,
	`last_used_at_ms` integer,
	`expiring_event_at_ms` integer,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "session_tokens_subject_list" CHECK("session_tokens"."subject_kind" in ('user', 'key'))
);
--> statement-breakpoint
CREATE INDEX `session_tokens_bot` ON `session_tokens` (`bot_id`,`id`);--> statement-breakpoint
CREATE INDEX `session_tokens_expiry` ON `session_tokens` (`expires_at_ms`);--> statement-breakpoint
CREATE TABLE `wrapped_secrets` (
	`purpose` text NOT NULL,
	`version` integer NOT NULL,
	`master_key_id` text NOT NULL,
	`wrapped` blob NOT NULL,
	`public_jwk` text,
	`created_at_ms` integer NOT NULL,
	`retired_at_ms` integer,
	PRIMARY KEY(`purpose`, `version`),
	CONSTRAINT "wrapped_secrets_purpose_list" CHECK("wrapped_secrets"."purpose" in ('index', 'pepper', 'audit', 'signing', 'cookie', 'erasure', 'claims', 'encryption'))
);
--> statement-breakpoint
CREATE TABLE `bot_pairings` (
	`bot_id` text PRIMARY KEY NOT NULL,
	`attempt_id` text NOT NULL,
	`method` text NOT NULL,
	`phone_number` text,
	`state` text NOT NULL,
	`sealed_secret` blob,
	`reason` text,
	`expires_at_ms` integer,
	`requested_by` text NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "bot_pairings_method_list" CHECK("bot_pairings"."method" in ('qr', 'code')),
	CONSTRAINT "bot_pairings_state_list" CHECK("bot_pairings"."state" in ('idle', 'waiting', 'qr', 'code', 'linking', 'linked', 'expired', 'failed')),
	CONSTRAINT "bot_pairings_reason_list" CHECK("bot_pairings"."reason" in ('expired', 'wrong-code', 'passkey-required', 'refused', 'connection'))
);
--> statement-breakpoint
CREATE TABLE `bots` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`name` text NOT NULL,
	`desired_state` text DEFAULT 'stopped' NOT NULL,
	`state` text DEFAULT 'stopped' NOT NULL,
	`state_since_at_ms` integer NOT NULL,
	`state_reason` text,
	`phone_number` text,
	`lid` text,
	`push_name` text,
	`is_linked` integer DEFAULT false NOT NULL,
	`assigned_to` text DEFAULT 'workers' NOT NULL,
	`created_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`deleted_at_ms` integer,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "bots_desired_state_list" CHECK("bots"."desired_state" in ('running', 'stopped')),
	CONSTRAINT "bots_state_list" CHECK("bots"."state" in ('stopped', 'connecting', 'pairing', 'online', 'backing-off', 'logged-out', 'replaced', 'handed-over', 'failed'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `bots_team_name` ON `bots` (`team_id`,`name`) WHERE deleted_at_ms is null;--> statement-breakpoint
CREATE INDEX `bots_desired_state` ON `bots` (`desired_state`);--> statement-breakpoint
CREATE TABLE `commands` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`bot_id` text NOT NULL,
	`kind` text NOT NULL,
	`payload` text NOT NULL,
	`state` text DEFAULT 'pending' NOT NULL,
	`requested_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`deadline_at_ms` integer NOT NULL,
	`finished_at_ms` integer,
	`result` text,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "commands_kind_list" CHECK("commands"."kind" in ('start', 'stop', 'restart', 'logout', 'pair', 'cancel-pairing', 'reject-call', 'drain', 'resolve-caller')),
	CONSTRAINT "commands_state_list" CHECK("commands"."state" in ('pending', 'running', 'done', 'failed', 'expired', 'cancelled'))
);
--> statement-breakpoint
CREATE INDEX `commands_bot_state` ON `commands` (`bot_id`,`state`,`id`);--> statement-breakpoint
CREATE TABLE `custody` (
	`bot_id` text PRIMARY KEY NOT NULL,
	`epoch` integer DEFAULT 0 NOT NULL,
	`state` text DEFAULT 'free' NOT NULL,
	`holder_kind` text,
	`holder_id` text,
	`lease_id` text,
	`granted_at_ms` integer,
	`expires_at_ms` integer DEFAULT 0 NOT NULL,
	`max_expires_at_ms` integer,
	`not_before_at_ms` integer DEFAULT 0 NOT NULL,
	`auth_revision` integer DEFAULT 0 NOT NULL,
	`is_clean` integer DEFAULT true NOT NULL,
	`was_clean` integer DEFAULT true NOT NULL,
	`handover_to` text,
	`reserved_until_ms` integer,
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "custody_state_list" CHECK("custody"."state" in ('free', 'held', 'draining', 'frozen')),
	CONSTRAINT "custody_holder_kind_list" CHECK("custody"."holder_kind" in ('worker', 'key')),
	CONSTRAINT "custody_epoch_sign" CHECK("custody"."epoch" >= 0 and "custody"."auth_revision" >= 0)
);
--> statement-breakpoint
CREATE TABLE `workers` (
	`id` text PRIMARY KEY NOT NULL,
	`instance_id` text NOT NULL,
	`version` text NOT NULL,
	`started_at_ms` integer NOT NULL,
	`last_seen_at_ms` integer NOT NULL,
	`stopped_at_ms` integer,
	`bot_count` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `whatsapp_allowed_contacts` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`bot_id` text NOT NULL,
	`caller_id` text NOT NULL,
	`note` text,
	`created_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`caller_id`) REFERENCES `callers`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `allowed_contacts_bot_caller` ON `whatsapp_allowed_contacts` (`bot_id`,`caller_id`);--> statement-breakpoint
CREATE INDEX `allowed_contacts_caller` ON `whatsapp_allowed_contacts` (`caller_id`);--> statement-breakpoint
CREATE TABLE `whatsapp_blocked_contacts` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`bot_id` text NOT NULL,
	`caller_id` text NOT NULL,
	`type` text NOT NULL,
	`origin` text NOT NULL,
	`level` integer DEFAULT 0 NOT NULL,
	`reason` text,
	`note` text,
	`tags` text,
	`call_id` text,
	`created_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer,
	`hit_count` integer DEFAULT 0 NOT NULL,
	`last_hit_at_ms` integer,
	`lifted_at_ms` integer,
	`lifted_by` text,
	`lift_reason` text,
	`ended_at_ms` integer,
	`end_cause` text,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`caller_id`) REFERENCES `callers`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "blocked_contacts_type_list" CHECK("whatsapp_blocked_contacts"."type" in ('temporary', 'permanent')),
	CONSTRAINT "blocked_contacts_origin_list" CHECK("whatsapp_blocked_contacts"."origin" in ('manual', 'limit', 'rule', 'import', 'api')),
	CONSTRAINT "blocked_contacts_end_list" CHECK("whatsapp_blocked_contacts"."end_cause" in ('expired', 'lifted', 'replaced', 'merged', 'allowed')),
	CONSTRAINT "blocked_contacts_expiry_matches_type" CHECK(("whatsapp_blocked_contacts"."type" = 'temporary') = ("whatsapp_blocked_contacts"."expires_at_ms" is not null))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `blocked_contacts_one_active` ON `whatsapp_blocked_contacts` (`bot_id`,`caller_id`) WHERE ended_at_ms is null;--> statement-breakpoint
CREATE INDEX `blocked_contacts_caller` ON `whatsapp_blocked_contacts` (`caller_id`);--> statement-breakpoint
CREATE INDEX `blocked_contacts_bot_created` ON `whatsapp_blocked_contacts` (`bot_id`,`id`);--> statement-breakpoint
CREATE INDEX `blocked_contacts_expiry` ON `whatsapp_blocked_contacts` (`expires_at_ms`) WHERE ended_at_ms is null;--> statement-breakpoint
CREATE TABLE `call_blocking_settings` (
	`bot_id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`is_enabled` integer DEFAULT false NOT NULL,
	`mode` text DEFAULT 'enforce' NOT NULL,
	`daily_limit` integer DEFAULT 3,
	`limit_window` text DEFAULT 'calendar-day' NOT NULL,
	`time_zone` text DEFAULT 'UTC' NOT NULL,
	`block_type` text DEFAULT 'temporary' NOT NULL,
	`block_hours` integer DEFAULT 24 NOT NULL,
	`reply_text` text DEFAULT '' NOT NULL,
	`group_reply_text` text DEFAULT '' NOT NULL,
	`default_action` text DEFAULT 'ring' NOT NULL,
	`group_calls` text DEFAULT 'ignore' NOT NULL,
	`video_calls` text DEFAULT 'as-voice' NOT NULL,
	`is_answered_counted` integer DEFAULT true NOT NULL,
	`replies_per_caller_per_hour` integer DEFAULT 5 NOT NULL,
	`replies_per_bot_per_minute` integer DEFAULT 20 NOT NULL,
	`replies_to_strangers_per_day` integer DEFAULT 50 NOT NULL,
	`staff_numbers` text DEFAULT '[]' NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`updated_by` text NOT NULL,
	`replies_suspended_until_ms` integer,
	`replies_suspended_reason` text,
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "call_blocking_limit_range" CHECK("call_blocking_settings"."daily_limit" is null or "call_blocking_settings"."daily_limit" between 1 and 1000),
	CONSTRAINT "call_blocking_hours_range" CHECK("call_blocking_settings"."block_hours" between 1 and 8760),
	CONSTRAINT "call_blocking_mode_list" CHECK("call_blocking_settings"."mode" in ('enforce', 'monitor')),
	CONSTRAINT "call_blocking_window_list" CHECK("call_blocking_settings"."limit_window" in ('calendar-day', 'rolling-24h')),
	CONSTRAINT "call_blocking_block_type_list" CHECK("call_blocking_settings"."block_type" in ('temporary', 'permanent')),
	CONSTRAINT "call_blocking_default_list" CHECK("call_blocking_settings"."default_action" in ('ring', 'reject', 'reject-and-reply')),
	CONSTRAINT "call_blocking_group_list" CHECK("call_blocking_settings"."group_calls" in ('ignore', 'reject')),
	CONSTRAINT "call_blocking_video_list" CHECK("call_blocking_settings"."video_calls" in ('as-voice', 'reject'))
);
--> statement-breakpoint
CREATE TABLE `callers` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`bot_id` text NOT NULL,
	`phone_number` text,
	`lid` text,
	`name` text,
	`count_from_at_ms` integer DEFAULT 0 NOT NULL,
	`first_seen_at_ms` integer NOT NULL,
	`last_seen_at_ms` integer NOT NULL,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "callers_identity" CHECK("callers"."phone_number" is not null or "callers"."lid" is not null)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `callers_bot_phone_number` ON `callers` (`bot_id`,`phone_number`);--> statement-breakpoint
CREATE UNIQUE INDEX `callers_bot_lid` ON `callers` (`bot_id`,`lid`);--> statement-breakpoint
CREATE TABLE `whatsapp_early_call_ends` (
	`bot_id` text NOT NULL,
	`call_id` text NOT NULL,
	`is_accepted` integer DEFAULT false NOT NULL,
	`end_sign` text,
	`ended_at_ms` integer,
	`seen_at_ms` integer NOT NULL,
	PRIMARY KEY(`bot_id`, `call_id`),
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "early_call_ends_sign_list" CHECK("whatsapp_early_call_ends"."end_sign" in ('missed', 'cancelled', 'answered', 'answered-elsewhere', 'rejected-elsewhere', 'rejected-by-us', 'timeout', 'unknown'))
);
--> statement-breakpoint
CREATE INDEX `early_call_ends_seen` ON `whatsapp_early_call_ends` (`seen_at_ms`);--> statement-breakpoint
CREATE TABLE `known_contacts` (
	`bot_id` text NOT NULL,
	`caller_id` text NOT NULL,
	`name` text,
	`first_message_at_ms` integer NOT NULL,
	PRIMARY KEY(`bot_id`, `caller_id`),
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`caller_id`) REFERENCES `callers`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `known_contacts_caller` ON `known_contacts` (`caller_id`);--> statement-breakpoint
CREATE TABLE `whatsapp_calls` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`bot_id` text NOT NULL,
	`call_id` text NOT NULL,
	`caller_id` text NOT NULL,
	`call_from` text NOT NULL,
	`kind` text NOT NULL,
	`is_video` integer DEFAULT false NOT NULL,
	`group_jid` text,
	`is_offline` integer DEFAULT false NOT NULL,
	`is_late` integer DEFAULT false NOT NULL,
	`started_at_ms` integer NOT NULL,
	`received_at_ms` integer NOT NULL,
	`ended_at_ms` integer,
	`ended` text,
	`is_accepted` integer DEFAULT false NOT NULL,
	`end_sign` text,
	`outcome` text NOT NULL,
	`reason` text NOT NULL,
	`rule_id` text,
	`block_id` text,
	`is_counted` integer NOT NULL,
	`window_count` integer,
	`window_limit` integer,
	`reject_status` text DEFAULT 'none' NOT NULL,
	`reject_attempts` integer DEFAULT 0 NOT NULL,
	`rejected_at_ms` integer,
	`reply_status` text DEFAULT 'none' NOT NULL,
	`reply_message_id` text,
	`replied_at_ms` integer,
	`would` text,
	`trace` text NOT NULL,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`caller_id`) REFERENCES `callers`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "whatsapp_calls_kind_list" CHECK("whatsapp_calls"."kind" in ('voice', 'video', 'group')),
	CONSTRAINT "whatsapp_calls_outcome_list" CHECK("whatsapp_calls"."outcome" in ('allowed', 'rejected', 'blocked', 'observed', 'failed')),
	CONSTRAINT "whatsapp_calls_reason_list" CHECK("whatsapp_calls"."reason" in ('not-enabled', 'monitor', 'own-number', 'staff', 'allowed-exact', 'blocked-manual', 'blocked-auto', 'allowed-pattern', 'blocked-pattern', 'limit-exceeded', 'outside-hours', 'unknown-caller', 'repeat-bypass', 'default-ring', 'default-reject', 'group-ignored', 'group-rejected', 'video-rejected', 'late', 'degraded')),
	CONSTRAINT "whatsapp_calls_ended_list" CHECK("whatsapp_calls"."ended" in ('missed', 'cancelled', 'answered', 'answered-elsewhere', 'rejected-elsewhere', 'rejected-by-us', 'timeout', 'unknown')),
	CONSTRAINT "whatsapp_calls_end_sign_list" CHECK("whatsapp_calls"."end_sign" in ('missed', 'cancelled', 'answered', 'answered-elsewhere', 'rejected-elsewhere', 'rejected-by-us', 'timeout', 'unknown')),
	CONSTRAINT "whatsapp_calls_reject_list" CHECK("whatsapp_calls"."reject_status" in ('none', 'pending', 'confirmed', 'unconfirmed', 'failed', 'moot')),
	CONSTRAINT "whatsapp_calls_reply_list" CHECK("whatsapp_calls"."reply_status" in ('none', 'pending', 'sent', 'delivered', 'read', 'throttled', 'suspended', 'failed', 'moot'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `whatsapp_calls_bot_call` ON `whatsapp_calls` (`bot_id`,`call_id`);--> statement-breakpoint
CREATE INDEX `whatsapp_calls_caller_started` ON `whatsapp_calls` (`caller_id`,`started_at_ms`);--> statement-breakpoint
CREATE INDEX `whatsapp_calls_bot_started` ON `whatsapp_calls` (`bot_id`,`started_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `whatsapp_calls_replied` ON `whatsapp_calls` (`bot_id`,`replied_at_ms`) WHERE replied_at_ms is not null;--> statement-breakpoint
CREATE INDEX `whatsapp_calls_reply_message` ON `whatsapp_calls` (`bot_id`,`reply_message_id`) WHERE reply_message_id is not null;--> statement-breakpoint
CREATE INDEX `whatsapp_calls_unfinished` ON `whatsapp_calls` (`bot_id`) WHERE reject_status = 'pending' or reply_status = 'pending';--> statement-breakpoint
CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`account_id` text NOT NULL,
	`provider_id` text NOT NULL,
	`access_token` text,
	`refresh_token` text,
	`id_token` text,
	`access_token_expires_at_ms` integer,
	`refresh_token_expires_at_ms` integer,
	`scope` text,
	`password` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `team_invitations` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`email` text NOT NULL,
	`role` text NOT NULL,
	`status` text NOT NULL,
	`inviter_id` text NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`inviter_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "team_invitations_role" CHECK("team_invitations"."role" in ('owner', 'admin', 'operator', 'viewer'))
);
--> statement-breakpoint
CREATE TABLE `team_members` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`user_id` text NOT NULL,
	`role` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "team_members_role" CHECK("team_members"."role" in ('owner', 'admin', 'operator', 'viewer'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `team_members_team_user` ON `team_members` (`team_id`,`user_id`);--> statement-breakpoint
CREATE TABLE `teams` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`slug` text NOT NULL,
	`logo` text,
	`metadata` text,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `teams_slug_unique` ON `teams` (`slug`);--> statement-breakpoint
CREATE TABLE `user_sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`token` text NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`ip_address` text,
	`user_agent` text,
	`active_team_id` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`active_team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE set null
);
--> statement-breakpoint
CREATE UNIQUE INDEX `user_sessions_token_unique` ON `user_sessions` (`token`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`email` text NOT NULL,
	`email_verified` integer DEFAULT false NOT NULL,
	`image` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_email_unique` ON `users` (`email`);--> statement-breakpoint
CREATE TABLE `verifications` (
	`id` text PRIMARY KEY NOT NULL,
	`identifier` text NOT NULL,
	`value` text NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`public_id` text NOT NULL,
	`secret_hmac` blob NOT NULL,
	`pepper_version` integer NOT NULL,
	`name` text NOT NULL,
	`scopes` text NOT NULL,
	`bot_ids` text,
	`cidrs` text,
	`requests_per_minute` integer,
	`created_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`disabled_at_ms` integer,
	`revoked_at_ms` integer,
	`revoked_by` text,
	`successor_id` text,
	`last_used_at_ms` integer,
	`last_used_address` text,
	`last_used_user_agent` text,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_public_id_unique` ON `api_keys` (`public_id`);--> statement-breakpoint
CREATE INDEX `api_keys_team` ON `api_keys` (`team_id`,`id`);--> statement-breakpoint
CREATE TABLE `personal_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`team_id` text NOT NULL,
	`public_id` text NOT NULL,
	`secret_hmac` blob NOT NULL,
	`pepper_version` integer NOT NULL,
	`name` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`revoked_at_ms` integer,
	`last_used_at_ms` integer,
	`last_used_address` text,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `personal_tokens_public_id_unique` ON `personal_tokens` (`public_id`);--> statement-breakpoint
CREATE INDEX `personal_tokens_user` ON `personal_tokens` (`user_id`);--> statement-breakpoint
CREATE TABLE `recipient_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`api_key_id` text NOT NULL,
	`thumbprint` text NOT NULL,
	`public_jwk` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`replaced_at_ms` integer,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`api_key_id`) REFERENCES `api_keys`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `recipient_keys_api_key` ON `recipient_keys` (`api_key_id`);--> statement-breakpoint
CREATE TABLE `audit` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`team_id` text,
	`actor_kind` text NOT NULL,
	`actor_id` text,
	`action` text NOT NULL,
	`object_kind` text NOT NULL,
	`object_id` text,
	`bot_id` text,
	`outcome` text NOT NULL,
	`address` text,
	`user_agent` text,
	`request_id` text,
	`detail` text NOT NULL,
	`previous_hash` blob,
	`hash` blob,
	CONSTRAINT "audit_actor_list" CHECK("audit"."actor_kind" in ('user', 'personal-access-token', 'api-key', 'session-token', 'lease-token', 'worker', 'system', 'anonymous')),
	CONSTRAINT "audit_outcome_list" CHECK("audit"."outcome" in ('success', 'denied', 'failure'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `audit_id_unique` ON `audit` (`id`);--> statement-breakpoint
CREATE INDEX `audit_team_sequence` ON `audit` (`team_id`,`sequence`);--> statement-breakpoint
CREATE TABLE `events` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`type` text NOT NULL,
	`team_id` text,
	`bot_id` text,
	`at_ms` integer NOT NULL,
	`data` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_id_unique` ON `events` (`id`);--> statement-breakpoint
CREATE INDEX `events_team_sequence` ON `events` (`team_id`,`sequence`);--> statement-breakpoint
CREATE TABLE `rate_limits` (
	`key` text PRIMARY KEY NOT NULL,
	`points` integer NOT NULL,
	`expires_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `system_state` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`updated_at_ms` integer NOT NULL
);
