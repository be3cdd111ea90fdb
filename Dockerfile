# Both images can be others: for a runtime without a shell, give one of the distroless images of Node 24:
#   docker build --build-arg RUNTIME_IMAGE=… -t REGISTRY/sluice:0.1.0 .
ARG BUILD_IMAGE=node:24-slim
ARG RUNTIME_IMAGE=node:24-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No package may run a script of its own: nothing here needs one.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM ${BUILD_IMAGE} AS dependencies
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM ${RUNTIME_IMAGE}
# Where distroless images have node, and where others do.
ENV PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin NODE_ENV=production
WORKDIR /app
COPY package.json ./
COPY --from=dependencies /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
# A number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 8080 9090 9091 9092
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
