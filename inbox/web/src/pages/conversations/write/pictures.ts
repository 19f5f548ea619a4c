/** Pictures to send: checked, shown small, uploaded while one goes on writing. */

import { onScopeDispose, reactive } from "vue";

import { BASE, freshKey, part, post, words } from "@/api";
import { tellProblem } from "@/parts/told";
import { t } from "@/words";

import type { Medium } from "../types";

const KINDS = ["image/jpeg", "image/png"];
const MOST = 10 * 1024 * 1024;

export interface Picture {
  key: string;
  url: string;
  /** Its id once it is there. */
  id: string;
  problem: string;
}

export function usePictures(id: () => string) {
  const pictures = reactive<Picture[]>([]);

  async function upload(file: Blob, picture: Picture) {
    try {
      picture.id = (await post<Medium>(`/conversations/${part(id())}/media?kind=image`, file, { key: picture.key })).id;
    } catch (problem) {
      picture.problem = words(problem);
    }
  }
  function add(files: Iterable<File>) {
    for (const file of files) {
      if (!KINDS.includes(file.type) || file.size > MOST) {
        tellProblem(t("conversations.attach_only"));
        continue;
      }
      pictures.push({ key: freshKey(), url: URL.createObjectURL(file), id: "", problem: "" });
      const made = pictures.at(-1);
      if (made) void upload(file, made);
    }
  }
  /** One that was uploaded before and did not leave. */
  const again = (media: string) =>
    void pictures.push({ key: freshKey(), url: `${BASE}/media/${part(media)}?size=small`, id: media, problem: "" });
  function remove(key: string) {
    const at = pictures.findIndex((one) => one.key === key);
    const [gone] = at >= 0 ? pictures.splice(at, 1) : [];
    if (gone) URL.revokeObjectURL(gone.url);
  }
  const clear = () => [...pictures].forEach((one) => remove(one.key));
  onScopeDispose(clear);
  return { pictures, add, again, remove, clear };
}
