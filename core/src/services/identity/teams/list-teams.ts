import type { ServiceContext } from "../../../context.ts";
import { authorizePerson } from "../../access.ts";
import type { Page } from "../../pages.ts";
import { viewTeams } from "./internal.ts";
import type { TeamView } from "./schemas.ts";

/** The teams one belongs to, all on one page, with one's role in each. @throws ServiceError forbidden for credentials of no person */
export const listTeams = async (ctx: ServiceContext): Promise<Page<TeamView>> => ({
  items: await viewTeams(ctx.db.reader, authorizePerson(ctx)),
  nextCursor: null,
});
