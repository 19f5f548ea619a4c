/** Addresses: `/inbox/{page}`, `/inbox/{page}/{id}` and, within a page, `/inbox/{page}/{id}/{part}`. */

import type { Component } from "vue";
import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";

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

const router = createRouter({
  history: createWebHistory("/inbox/"),
  routes: [...routes, { path: "/:rest(.*)*", redirect: home }],
});

// Links from before had their place behind a hash: "/inbox/#/tickets/R...".
router.beforeEach((to) => (to.hash.startsWith("#/") ? { path: to.hash.slice(1), hash: "" } : true));
// What a role may not see it does not reach by typing the address either; the server refuses the data anyway.
router.beforeEach((to) => {
  const { place } = to.meta;
  if (!place || may(place.roles)) return true;
  tellProblem(t("nav.not_yours", { name: t(`nav.${place.name}`) }));
  return { path: home() };
});

export default router;
