-- The six tables as an overlay built on Better Auth and Drizzle leaves them, with one admin, one user, one key and
-- one audit row. Written for this test from the column names of DESIGN.md; ids and times are made up.
CREATE TABLE "user" (
  "id" text PRIMARY KEY NOT NULL, "name" text NOT NULL, "email" text NOT NULL UNIQUE,
  "email_verified" boolean DEFAULT false NOT NULL, "image" text, "role" text DEFAULT 'user', "banned" boolean,
  "ban_reason" text, "ban_expires" timestamp, "created_at" timestamp DEFAULT now() NOT NULL,
  "updated_at" timestamp DEFAULT now() NOT NULL
);
CREATE TABLE "session" (
  "id" text PRIMARY KEY NOT NULL, "expires_at" timestamp NOT NULL, "token" text NOT NULL UNIQUE,
  "created_at" timestamp DEFAULT now() NOT NULL, "updated_at" timestamp DEFAULT now() NOT NULL, "ip_address" text,
  "user_agent" text, "user_id" text NOT NULL REFERENCES "user"("id") ON DELETE CASCADE, "impersonated_by" text
);
CREATE TABLE "account" (
  "id" text PRIMARY KEY NOT NULL, "account_id" text NOT NULL, "provider_id" text NOT NULL,
  "user_id" text NOT NULL REFERENCES "user"("id") ON DELETE CASCADE, "access_token" text, "refresh_token" text,
  "id_token" text, "access_token_expires_at" timestamp, "refresh_token_expires_at" timestamp, "scope" text,
  "password" text, "created_at" timestamp DEFAULT now() NOT NULL, "updated_at" timestamp DEFAULT now() NOT NULL
);
CREATE TABLE "verification" (
  "id" text PRIMARY KEY NOT NULL, "identifier" text NOT NULL, "value" text NOT NULL, "expires_at" timestamp NOT NULL,
  "created_at" timestamp DEFAULT now(), "updated_at" timestamp DEFAULT now()
);
CREATE TABLE "organization_settings" (
  "id" text PRIMARY KEY NOT NULL, "skyvern_api_key" text, "skyvern_api_url" text,
  "created_at" timestamp DEFAULT now() NOT NULL, "updated_at" timestamp DEFAULT now() NOT NULL
);
CREATE TABLE "audit_log" (
  "id" text PRIMARY KEY NOT NULL, "user_id" text NOT NULL REFERENCES "user"("id"), "action" text NOT NULL,
  "resource" text NOT NULL, "resource_id" text, "details" jsonb, "ip_address" text,
  "created_at" timestamp DEFAULT now() NOT NULL
);
INSERT INTO "user" (id, name, email, role) VALUES ('old-admin', 'Ben', 'ben@example.com', 'admin'),
  ('old-user', 'Cleo', 'cleo@example.com', NULL);
INSERT INTO "account" (id, account_id, provider_id, user_id) VALUES ('a1', 'old-admin', 'credential', 'old-admin');
INSERT INTO "session" (id, expires_at, token, user_id) VALUES ('s1', now() + interval '1 day', 'token-in-clear', 'old-admin');
INSERT INTO "organization_settings" (id, skyvern_api_url) VALUES ('default', 'http://skyvern:8000');
INSERT INTO "audit_log" (id, user_id, action, resource, resource_id, details)
  VALUES ('l1', 'old-admin', 'workflow.create', 'workflow', 'wpid_1', '{"path": "/v1/workflows"}');
