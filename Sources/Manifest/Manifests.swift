/// placeholder
package enum Manifests {}
