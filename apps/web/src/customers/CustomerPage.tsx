import { RowSkeletons } from "../ui/EmptyState.tsx";

export function Page() {
  return <RowSkeletons />;
}
