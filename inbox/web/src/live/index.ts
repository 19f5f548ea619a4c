export { changedHere, hear, liveState, type Happening } from "./feed";
export { useFresh, type Fresh } from "./fresh";
export { usePaged, type Paged } from "./pages";
