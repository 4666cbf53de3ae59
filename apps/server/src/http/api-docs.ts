import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform } from "fastify-type-provider-zod";

/** `/api/openapi.json` (OpenAPI 3.1) made of the contract, and a page to read it at `/api/docs`, both without the internet. */
export async function registerApiDocs(http: FastifyInstance, version: string): Promise<void> {
  await http.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Centrala",
        version,
        description: "The interface of the call centre; every refusal has a code of the error reference.",
      },
      components: {
        securitySchemes: {
          session: { type: "apiKey", in: "cookie", name: "centrala" },
          token: { type: "http", scheme: "bearer" },
        },
      },
      security: [{ session: [] }, { token: [] }],
    },
    transform: jsonSchemaTransform,
  });
  await http.register(swaggerUi, {
    routePrefix: "/api/docs",
    staticCSP: true,
    // The page writes styles as it goes; nothing of it may come from elsewhere.
    transformStaticCSP: (policy) =>
      policy
        .replace(/style-src [^;]*/, "style-src 'self' 'unsafe-inline'")
        .replaceAll(" https:", "")
        .replaceAll(/ (https?:\/\/)?validator\.swagger\.io/g, ""),
    uiConfig: { docExpansion: "list" },
  });
  http.get("/api/openapi.json", { schema: { hide: true } }, async () => http.swagger());
}
