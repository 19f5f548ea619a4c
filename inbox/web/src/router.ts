/** Addresses: `/inbox/{page}`, `/inbox/{page}/{id}` and, within a page, `/inbox/{page}/{id}/{part}`. */

import type { Component } from "vue";
import { createRouter, createWebHistory, START_LOCATION, type RouteRecordRaw } from "vue-router";

import { atDesk, may } from "./api/session";
import { PLACES, type Place } from "./pages/places";
import { tellProblem } from "./parts/told";
import { t } from "./words";

declare module "vue-router" {
  interface RouteMeta {
    place?: Place;
  }
}

const pages = import.meta.glob<Component>("./pages/*/Page.vue", { import: "default" });

const routes: RouteRecordRaw[] = PLACES.map((place: Place) => ({
  path: `/${place.name}/:id?/:part?`,
  name: place.name,
  component: pages[`./pages/${place.name}/Page.vue`]!,
  props: true,
  meta: { place },
}));

/** Where a role begins its day. */
export const home = () => (atDesk.value ? "/conversations" : "/tickets");

const NOWHERE = "nowhere";
const router = createRouter({
  history: createWebHistory("/inbox/"),
  routes: [...routes, { path: "/:rest(.*)*", name: NOWHERE, redirect: home }],
});

// A page that could not be fetched: the network is away, or a newer build has other files. Then the address is loaded afresh.
router.onError(async (_, to) => {
  const there = await fetch(import.meta.env.BASE_URL, { cache: "no-store" }).then((answer) => answer.ok, () => false);
  if (there && router.currentRoute.value !== START_LOCATION) location.assign(router.resolve(to.fullPath).href);
  else tellProblem(t("common.away_try_later"));
});

// Links from before had their place behind a hash: "/inbox/#/tickets/R...".
router.beforeEach((to) => (to.hash.startsWith("#/") ? { path: to.hash.slice(1), hash: "" } : true));
router.afterEach((to) => {
  if (to.redirectedFrom?.name === NOWHERE && to.redirectedFrom.path !== "/") tellProblem(t("nav.nowhere"));
});
// What a role may not see it does not reach by typing the address either; the server refuses the data anyway.
router.beforeEach((to) => {
  const { place } = to.meta;
  if (!place || may(place.roles)) return true;
  tellProblem(t("nav.not_yours", { name: t(`nav.${place.name}`) }));
  return { path: home() };
});

export default router;
